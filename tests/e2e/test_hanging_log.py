"""A client whose console nobody reads, and one whose logfile hangs: every lap is recorded, and it ends when asked."""

from __future__ import annotations

import array
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from e2e.client import Client, until, utc_now
from e2e.test_recordings import LANGLEY, golden
from teamtactics.model.parcel import ParcelKind
from teamtactics.store.store import Outbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sets the size of a pipe")
fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")

SMALL = 4096
"""Bytes that a pipe holds at least; a few lines of the log."""
END_S = 15.0
"""An orderly end on a busy machine; what hangs here hangs for good."""


class Unread:
    """The reading end of a pipe that nobody reads."""

    def __init__(self, reading: int) -> None:
        self.reading = reading
        fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, SMALL)

    @property
    def is_full(self) -> bool:
        """Whether a line of the detailed log, which tells of a whole tick, finds no room."""
        held = array.array("i", [0])
        fcntl.ioctl(self.reading, termios.FIONREAD, held)
        return held[0] > SMALL // 2


def laps(folder: Path) -> list[Any]:
    with Outbox.look(folder / "data" / "teamtactics.sqlite3", utc_now) as outbox:
        return [lap for session in outbox.sessions() for lap in outbox.documents(session.id, ParcelKind.LAP)]


def ended_in_s(client: Client) -> float:
    """Ask for an orderly end; return how long it took, in which nobody reads a word."""
    assert client.process is not None
    began_s = time.monotonic()
    client.process.send_signal(signal.SIGTERM)
    assert client.process.wait(2 * END_S) == 0
    return time.monotonic() - began_s


@pytest.mark.recording
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_neither_a_console_that_nobody_reads_nor_a_logfile_that_hangs_costs_a_lap_or_the_end(
    shared_data: Path, tmp_path: Path
) -> None:
    """Both in real time, side by side: of the whole recording every lap, as a replay records it."""
    settings = {"simulate": str(shared_data / LANGLEY.format("14-48-39")), "debug": "on"}
    no_console = Client(tmp_path / "console", settings)
    no_file = Client(tmp_path / "file", {**settings, "logfile": "pipe"})
    os.mkfifo(tmp_path / "file" / "pipe")
    unread_file = Unread(os.open(tmp_path / "file" / "pipe", os.O_RDONLY | os.O_NONBLOCK))
    with no_console, no_file:
        assert no_console.process is not None and no_console.process.stdout is not None
        unread_console = Unread(no_console.process.stdout.fileno())
        # The other one's console goes into a pipe with room enough; both are full long before the first lap ends.
        for folder, unread in ((no_console.folder, unread_console), (no_file.folder, unread_file)):
            until(lambda unread=unread: unread.is_full, 40.0, lambda: "it is not full")  # type: ignore[misc]
            assert laps(folder) == []
        expected = golden("14-48-39")
        for client in (no_console, no_file):
            until(
                lambda client=client: len(laps(client.folder)) == len(expected),  # type: ignore[misc]
                90.0,
                lambda: "not every lap is recorded",
            )
            assert ended_in_s(client) < END_S
        assert unread_console.is_full and unread_file.is_full
        _, said = no_file.wait()
    assert "ended in order" in no_console.log()
    assert "missing here" not in no_console.log()
    assert "log-file stands still" in said, "nobody is told that the log is not written"
    for client in (no_console, no_file):
        assert [lap["LapCompleted"] for lap in laps(client.folder)] == [lap["LapCompleted"] for lap in expected]
    os.close(unread_file.reading)
