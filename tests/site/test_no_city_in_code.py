"""The city is configuration: no module, template or script names one."""

import re
import subprocess
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
CODE = (
    "gis_portal",
    "layers",
    "importers",
    "templates",
    "assets",
    "tools",
    "manage.py",
    "Makefile",
)


def names_in(text: str) -> list[str]:
    city = settings.CITY
    words = {city.code, city.code[:5], city.slug, *city.name.values()}
    words |= {city.name[city.languages[0]].removesuffix("市")}
    return [word for word in words if re.search(re.escape(word), text, re.IGNORECASE)]


def test_no_code_names_the_city() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *CODE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert len(listed) > 20
    texts = [name for name in listed if (ROOT / name).is_file()]
    named = {name: names_in((ROOT / name).read_text(encoding="utf-8")) for name in texts}
    assert {name: found for name, found in named.items() if found} == {}


def test_the_search_for_names_finds_them() -> None:
    """The negative control."""
    city = settings.CITY
    assert city.code in names_in(f"x = '{city.code}'")
    assert names_in(city.name["ja"])
    assert not names_in("市役所")
