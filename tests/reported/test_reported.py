"""
Every problem that somebody has reported: his tape gives the documents that are written down beside it.

A folder is made of a report by ``python tests/tools/report_to_test.py report.zip``. Where a rule was wrong, the test
shows what came of it then and what comes of it now; who has mended it writes the right documents down by ``--accept``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from reported.replaying import Reported, as_recorded, as_replayed, differences

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("*/session.tape"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_tape_gives_the_documents(folder: Path, tmp_path: Path) -> None:
    reported = Reported(folder)
    assert reported.whole_laps(), "no lap is whole on this tape"
    found = differences(as_recorded(reported), as_replayed(reported, tmp_path))
    assert not found, "\n".join(found)
