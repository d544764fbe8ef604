"""Every code has a sentence, and every sentence gets what it asks for."""

import ast
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from importers.messages import EVIDENCE, REFUSED, ROWS, message
from importers.problems import Evidence, FileRefused, Problem, Severity, error, warning

FOLDER = Path(__file__).resolve().parents[2] / "importers"
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def calls() -> Iterator[tuple[str, str, set[str] | None]]:
    """Yield (kind, code, names of its parameters or None where they are computed)."""
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name not in ("FileRefused", "error", "warning"):
                continue
            for code in codes_in(node.args[0]):
                yield name, code, parameters(node, name)


def codes_in(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return codes_in(node.body) + codes_in(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def parameters(node: ast.Call, name: str) -> set[str] | None:
    if name != "FileRefused":
        return {str(keyword.arg) for keyword in node.keywords} | {"row", "field"}
    if len(node.args) == 1:
        return set()
    given = node.args[1]
    if not isinstance(given, ast.Dict):
        return None
    keys = [key.value for key in given.keys if isinstance(key, ast.Constant)]
    return {str(key) for key in keys} if len(keys) == len(given.keys) else None


FOUND = list(calls())


def test_the_search_for_codes_finds_them() -> None:
    assert len({code for _, code, _ in FOUND}) > 60
    assert ("FileRefused", "topojson", set()) in FOUND


@pytest.mark.parametrize(
    ("kind", "code", "given"), FOUND, ids=[f"{kind}-{code}" for kind, code, _ in FOUND]
)
def test_every_code_has_a_sentence_with_nothing_missing(
    kind: str, code: str, given: set[str] | None
) -> None:
    texts = REFUSED if kind == "FileRefused" else ROWS
    assert code in texts
    if given is not None:
        # The row of a refusal comes with its inner reason.
        wanted = set(PLACEHOLDER.findall(str(texts[code]))) - (
            {"row"} if code == "nothing_usable" else set()
        )
        assert wanted <= given


def test_no_sentence_is_left_over() -> None:
    used = {code for _, code, _ in FOUND}
    nested = {"hint_crs", *(code for code in REFUSED if code.startswith("advice_"))}
    assert not {*REFUSED, *ROWS} - used - nested


def test_every_reason_of_a_decision_has_a_sentence() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.py"))
    codes = set(re.findall(r'"((?:encoding|crs|key|datum|date)_[a-z0-9_]+)"', sources))
    codes |= {f"encoding_{name}_valid" for name in ("utf8", "cp932")}
    for code in codes - set(REFUSED) - set(ROWS) - {"key_column", "key_code"}:
        assert code in EVIDENCE, code
    assert set(EVIDENCE) <= codes


def test_sentences_end_and_say_something() -> None:
    for text in (*REFUSED.values(), *ROWS.values()):
        with override("en"):
            assert str(text).rstrip("”)").endswith((".", "%(reason)s", "%(advice)s")), text
            assert len(str(text)) > 30


def test_lists_nested_reasons_and_absent_values_are_shown_as_text() -> None:
    with override("en"):
        several = FileRefused("several_layers", {"layers": ["a", "b"]})
        assert "a, b" in message(several)
        reason = {"code": "no_position", "params": {"row": 7}}
        nothing = message(FileRefused("nothing_usable", {"count": 3, "reason": reason}))
        assert "row 7" in nothing
        assert "neither coordinates" in nothing
        hint = FileRefused("outside_japan", {"crs": "EPSG:4326", "hint": ""})
        assert "  " not in message(hint)
        assert "“–”" in message(error("key_blank", 2))
        assert message(Evidence("cp932", "encoding_cp932_valid")).startswith("not UTF-8")


def test_one_code_may_speak_of_a_file_and_of_a_row() -> None:
    with override("en"):
        row = message(error("outside_japan", 3, None, lon="1", lat="2"))
        file = message(FileRefused("outside_japan", {"crs": "x", "hint": ""}))
    assert row != file


def test_an_unheard_of_code_is_shown_as_it_is() -> None:
    assert message(Problem(1, None, "unheard_of", Severity.ERROR)) == "unheard_of"


def test_refusals_and_problems_come_through_a_pickle() -> None:
    refusal = pickle.loads(pickle.dumps(FileRefused("topojson", {"a": 1})))
    assert (refusal.code, refusal.params) == ("topojson", {"a": 1})
    told = warning("text_cut", 3, "名称", text="あ")
    assert pickle.loads(pickle.dumps(told)) == told
