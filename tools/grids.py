"""Put datum correction grids into a folder, each looked at first, and say what is there.

    grids.py INTO [FROM]     copy what FROM (a folder, searched whole) holds; report
    grids.py INTO --has NAME  exit 0 if INTO has that grid

A grid is known by its values – GSI's check point, the range of the movement – because builds of the
same grid differ in their digests; the digest is printed for the record.
"""

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from importers import grids

WHENCE = {
    grids.TOKYO.name: (
        "Tokyo Datum → JGD2000. TKY2JGD.par of the Geospatial Information Authority of Japan "
        "(国土地理院 座標変換パラメータ), which the PyPI package tky2jgd holds too (make grids), "
        "or TKY2JGD.tif of the project tohka/JapanGridShift"
    ),
    grids.MOVED.name: (
        "JGD2000 → JGD2011. touhokutaiheiyouoki2011.par of the Geospatial Information Authority of "
        "Japan (国土地理院 PatchJGD), or touhokutaiheiyouoki2011.tif of the project "
        "tohka/JapanGridShift"
    ),
}
_SEARCHED = 20_000


def copied(kind: grids.Kind, start: Path, into: Path) -> str:
    """Copy a grid from anywhere below a folder. Return what is wrong, "" when nothing is."""
    wrong = ""
    files = (file for file, _ in zip(start.rglob("*"), range(_SEARCHED), strict=False))
    for folder in sorted({start, *(file.parent for file in files)}):
        path = grids.file_of(folder, kind)
        if path is None:
            continue
        wrong = grids.wrong_with(path, kind)
        if wrong:
            print(f"{path}: {wrong}. It was left where it is.", file=sys.stderr)
            continue
        into.mkdir(parents=True, exist_ok=True)
        target = into / f"{kind.name}{path.suffix.lower()}"
        half = into / f".{target.name}.new"
        shutil.copyfile(path, half)
        half.replace(target)
        return ""
    return wrong


def report(into: Path) -> bool:
    """Print what is there. Return whether all of it is right (what is missing is not wrong)."""
    right = True
    for kind in grids.KINDS:
        path = grids.file_of(into, kind)
        if path is None:
            print(f"{kind.name}: not there.\n    {WHENCE[kind.name]}.")
            print("    Then: make grids FROM=<the folder it lies in>")
            continue
        wrong = grids.wrong_with(path, kind)
        right = right and not wrong
        print(f"{kind.name}: {path} – {wrong or 'verified'}")
        print(f"    SHA-256 {grids.digest(path)}")
    return right


def main() -> int:
    """Do what was asked; 1 where something is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("into", type=Path)
    parser.add_argument("start", type=Path, nargs="?", metavar="FROM")
    parser.add_argument("--has", choices=sorted(WHENCE))
    asked = parser.parse_args()
    if asked.has:
        kind = next(kind for kind in grids.KINDS if kind.name == asked.has)
        return 0 if grids.file_of(asked.into, kind) else 1
    if asked.start is not None:
        if not asked.start.is_dir():
            print(f"{asked.start} is no folder.", file=sys.stderr)
            return 1
        before = {kind.name: grids.file_of(asked.into, kind) for kind in grids.KINDS}
        wrong = [copied(kind, asked.start, asked.into) for kind in grids.KINDS]
        report(asked.into)
        if any(wrong):
            return 1
        after = {kind.name: grids.file_of(asked.into, kind) for kind in grids.KINDS}
        if before == after and not any(after.values()):
            names = ", ".join(f"{kind.name}(.tif, .gsb, .par)" for kind in grids.KINDS)
            print(f"\n{asked.start} holds none of them: {names}", file=sys.stderr)
            return 1
        return 0
    return 0 if report(asked.into) else 1


if __name__ == "__main__":
    sys.exit(main())
