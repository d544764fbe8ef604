"""Compile locale/*/LC_MESSAGES/*.po to .mo where the .po is newer (no gettext tools needed).

Translations that are marked fuzzy (a guess that nobody has confirmed) are left out, as msgfmt does.
"""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def main() -> None:
    """Compile what is due."""
    for po in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        with po.open("rb") as source:
            # The folder's name (ja_EASY) need not be a locale that Babel knows.
            catalog = read_po(source, abort_invalid=True)
        half = mo.with_suffix(".mo.new")
        with half.open("wb") as target:
            write_mo(target, catalog, use_fuzzy=False)
        half.replace(mo)


if __name__ == "__main__":
    main()
