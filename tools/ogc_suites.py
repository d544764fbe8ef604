"""Runs the OGC suites against a site and says what each check came to (tools/ogc.sh starts it).

ogc_suites.py URL     URL is that of /ogc/

Status 0 where every check came to what is expected of it. A check that can't pass on a right server
is expected to fail, with the reason beside it; should it ever pass, that is told too.
"""

import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.request import Request, urlopen

import ogctests
from ogcapi_registry import get_default_registry, validate_conformance, validate_document

_LINK_HEADER = (
    "reads the header Link wrongly: it never finds a quoted rel (RFC 8288 has them quoted), and"
    " what it finds has no address"
)
_NEEDS = "needs what test_ct2 and test_ct3 would have found"
BROKEN = {
    "test_ct2": _LINK_HEADER,
    "test_ct3": "needs what test_ct2 would have found",
    "test_ct5": _NEEDS,
    "test_ct7": f"{_NEEDS}; sends a Python dict as filter-lang, and wants 400 for a valid filter",
    "test_ct8": f"{_NEEDS}; looks for properties beside “properties”",
    "test_ct9": _NEEDS,
    "test_ct10": f"{_NEEDS}; never sends its filter",
}
"""Checks of ogctests 0.1.15 that can't pass, and why; tests/ogc has our own for each."""
PARTS = ("features/core", "features/filtering")
SPECS = ("ogcapi-common", "ogcapi-features", "ogcapi-tiles", "cql2")
_SECONDS = 600


def main(url: str) -> int:
    """Run both suites; return the number of surprises."""
    surprises = [*checked_by_ogctests(url), *checked_by_registry(url)]
    for surprise in surprises:
        print(f"NOT AS EXPECTED: {surprise}")
    print("As expected." if not surprises else f"{len(surprises)} not as expected.")
    return len(surprises)


def checked_by_ogctests(url: str) -> list[str]:
    """Run ogctests; return what did not come to what is expected."""
    surprises, passed = [], 0
    for part in PARTS:
        outcomes = _outcomes(url, part)
        for name, said in outcomes.items():
            if said is None:
                passed += 1
            else:
                print(f"ogctests {part} {name}: fails – {BROKEN.get(name, said)}")
            if (said is None) is (name in BROKEN):
                surprises.append(f"ogctests {name} {'passes' if said is None else said}")
        if not outcomes:
            surprises.append(f"ogctests {part} ran nothing")
    print(f"ogctests: {passed} checks pass")
    return surprises


def _outcomes(url: str, part: str) -> dict[str, str | None]:
    """Return what each check said; None where it passed."""
    folder = Path(ogctests.__file__).parent / part
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", str(folder), f"--junit-xml={report}"),
                *("-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-c", "/dev/null"),
            ],
            cwd=scratch,
            env={"INSTANCE_URL": url.rstrip("/"), "PATH": "", "NO_PROXY": "*"},
            stdout=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
        cases = ElementTree.parse(report).iter("testcase")  # noqa: S314  # pytest's own
        return {str(case.get("name")): _said(case) for case in cases}


def _said(case: ElementTree.Element) -> str | None:
    for kind in ("failure", "error", "skipped"):
        if (found := case.find(kind)) is not None:
            return f"{kind}: {' '.join(str(found.get('message')).split())[:200]}"
    return None


def checked_by_registry(url: str) -> list[str]:
    """Let ogcapi-registry look at the API's definition; return what it finds wrong."""
    definition, claimed = _json(url, "api"), _json(url, "conformance")["conformsTo"]
    whole = validate_document(definition)
    by_standard = get_default_registry().detect_and_validate(definition, claimed)
    report = validate_conformance(claimed)
    print(f"ogcapi-registry: definition {'valid' if whole.is_valid else 'NOT valid'}")
    print(f"ogcapi-registry: standards {'met' if by_standard.is_valid else 'NOT met'}")
    print(f"ogcapi-registry: knows {len(report.recognised)} of {len(claimed)} classes claimed")
    for unknown in report.unrecognised:
        print(f"ogcapi-registry: does not know {unknown}")
    notes = [note for note in by_standard.warnings if note.get("severity") == "info"]
    for note in notes:
        print(f"ogcapi-registry: notes {note['path']}: {note['message']}")
    warned = [warning for warning in by_standard.warnings if warning not in notes]
    faults = [*whole.errors, *by_standard.errors, *warned]
    return [f"ogcapi-registry {fault['path']}: {fault['message']}" for fault in faults]


def _json(url: str, name: str) -> dict:
    request = Request(f"{url.rstrip('/')}/{name}", headers={"Accept": "application/json"})  # noqa: S310
    with urlopen(request, timeout=60) as answer:  # noqa: S310
        return dict(json.load(answer))


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1]) else 0)
