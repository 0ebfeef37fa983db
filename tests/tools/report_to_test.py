"""
Make a test of a report: ``python tests/tools/report_to_test.py report.zip [--name NAME] [--accept]``.

It becomes ``tests/reported/NAME``: the tape, and the documents as they were. ``tests/reported/test_reported.py`` plays
every such tape through the rules and holds what comes of it against the documents.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import zipfile
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent / "app")]

from reported.replaying import Reported, as_replayed
from teamtactics.reports.problem.report import DOCUMENTS, FORM, SAID, TAPE

PLACE = TESTS / "reported"
MOST_BYTES = 200_000_000


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Make a test of a report.")
    parser.add_argument("report", type=Path, help="the zip")
    parser.add_argument("--name", help="of the test; without it that of the zip")
    parser.add_argument("--into", type=Path, default=PLACE, help=argparse.SUPPRESS)
    parser.add_argument(
        "--accept",
        action="store_true",
        help="write down what comes of it with the rules of today, as they are right now",
    )
    arguments = parser.parse_args(argv)
    name = re.sub(r"\W+", "_", arguments.name or arguments.report.stem).strip("_").lower()
    folder = arguments.into / name
    if why := unpack(arguments.report, folder):
        print(f"{arguments.report}: {why}", file=sys.stderr)
        return 1
    reported = Reported(folder)
    laps = reported.whole_laps()
    if arguments.accept:
        accept(reported)
    print(f"{folder}: laps {', '.join(map(str, laps)) or 'none'} are whole on the tape and are compared")
    print(f"pytest {(PLACE / 'test_reported.py').relative_to(TESTS.parent)} -k {name}")
    return 0 if laps else 1


def unpack(report: Path, folder: Path) -> str | None:
    """Put what a test needs of *report* into *folder*; return why that cannot be."""
    try:
        with zipfile.ZipFile(report) as held:
            names = {info.filename: info.file_size for info in held.infolist()}
            if missing := sorted({SAID, DOCUMENTS, TAPE} - names.keys()):
                said = json.loads(held.read(SAID))["missing"] if SAID in names else []
                return f"there is no {', '.join(missing)} in it, no test can be made: {'; '.join(said)}"
            if sum(names.values()) > MOST_BYTES:
                return "it is larger than any report"
            if (form := json.loads(held.read(SAID))["form"]) != FORM:
                return f"it is of form {form}, this program writes {FORM}"
            folder.mkdir(parents=True, exist_ok=True)
            for each in (SAID, DOCUMENTS, TAPE):
                (folder / each).write_bytes(held.read(each))
    except (OSError, zipfile.BadZipFile, ValueError, KeyError) as error:
        return f"it cannot be read: {error}"
    return None


def accept(reported: Reported) -> None:
    """Write down what comes of the tape now, in the place of what was recorded then."""
    with tempfile.TemporaryDirectory() as folder:
        now = as_replayed(reported, Path(folder))
    path = reported.folder / DOCUMENTS
    held = json.loads(path.read_text("utf-8"))
    for number in reported.whole_laps():
        told, seen, known = (now.get(f"lap {number} as {how}", []) for how in ("told", "seen", "known"))
        if f"lap {number} as told" in now:
            held["recorded"]["lap"] = [*_but(held["recorded"]["lap"], number), *told]
        held["seen"] = [text for text in held["seen"] if json.loads(text)["lap"] != number]
        held["seen"] += [json.dumps(each, separators=(",", ":")) for each in seen]
        if known:
            held["laps"] = [*_but(held["laps"], number), *known]
    path.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _but(laps: list[dict[str, object]], number: int) -> list[dict[str, object]]:
    return [lap for lap in laps if lap["LapCompleted"] != number]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
