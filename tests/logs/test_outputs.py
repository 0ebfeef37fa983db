"""Outputs that hang: who logs waits for none of them, what is missing is said in its place, and the end is in time."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.client import until
from teamtactics.logs import outputs as outputs_module
from teamtactics.logs.logfile import RotatingLogfile
from teamtactics.logs.outputs import CLOSE_S, FILE_LIMIT_S, Outputs
from teamtactics.logs.setup import LogControl, setup_logging
from teamtactics.service.supervision import Supervision

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sets the size of a pipe")
fcntl = pytest.importorskip("fcntl")

LOG = logging.getLogger("teamtactics.race.test")
ROOM = 50
"""Lines that may wait, in these tests."""
SLACK_S = 5.0
"""A busy machine's; what hangs here hangs until it is let go."""


class Pipe:
    """A pipe that nobody reads, small and full; or a named one at *path*, in a file's place."""

    def __init__(self, path: Path | None = None) -> None:
        if path is None:
            self.reading, self.writing = os.pipe()
        else:
            os.mkfifo(path)
            self.reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            self.writing = os.open(path, os.O_WRONLY)
        self.size = fcntl.fcntl(self.writing, fcntl.F_SETPIPE_SZ, 4096)
        self.stream = os.fdopen(self.writing, "w", encoding="utf-8")
        os.write(self.writing, b"." * self.size)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._read_bytes = b""
        self._is_over = threading.Event()

    def begin_to_read(self) -> None:
        os.set_blocking(self.reading, False)
        self._reader.start()

    def text(self) -> str:
        """What has been written behind what filled it."""
        return self._read_bytes.decode("utf-8", "replace").lstrip(".")

    def close(self) -> None:
        self._is_over.set()
        if self._reader.ident is not None:
            self._reader.join(10)
        os.close(self.reading)  # whoever still hangs in a write gets an error
        self.stream.close()

    def _read(self) -> None:
        while not self._is_over.is_set():
            try:
                self._read_bytes += os.read(self.reading, 65536)
            except BlockingIOError:
                self._is_over.wait(0.01)


@pytest.fixture(autouse=True)
def _little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs_module, "MOST_LINES", ROOM)


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    made = Pipe()
    monkeypatch.setattr(sys, "stderr", made.stream)
    yield made
    made.close()


@pytest.fixture
def full_file(tmp_path: Path) -> Path:
    return tmp_path / "a.log"


@pytest.fixture
def full(full_file: Path) -> Iterator[Pipe]:
    """What stands in the file's place."""
    made = Pipe(full_file)
    yield made
    made.close()


@pytest.fixture
def control(pipe: Pipe, tmp_path: Path) -> Iterator[LogControl]:
    assert sys.stderr is pipe.stream
    control = setup_logging(tmp_path / "a.log", False, True, fallback_dir=tmp_path)
    yield control
    control.close()


def workers(control: LogControl) -> dict[str, outputs_module.Worker]:
    return {worker.name: worker for worker in control.workers}


def accounted(text: str) -> int:
    """How many of the numbered lines are in *text*, or said to be missing."""
    return len(re.findall(r"number \d+", text)) + sum(map(int, re.findall(r"(\d+) lines are missing here", text)))


def flood(threads: int, lines: int) -> None:
    """Log from several threads; all of them come to their end."""

    def log() -> None:
        for number in range(lines):
            LOG.info("number %d", number)

    logging_ones = [threading.Thread(target=log, daemon=True) for _ in range(threads)]
    for thread in logging_ones:
        thread.start()
    until_s = time.monotonic() + SLACK_S
    for thread in logging_ones:
        thread.join(until_s - time.monotonic())
    assert not any(thread.is_alive() for thread in logging_ones), "who logs waits for a console that nobody reads"


def test_who_logs_never_waits_for_a_console_that_nobody_reads_and_what_is_missing_is_said(
    control: LogControl, pipe: Pipe, tmp_path: Path
) -> None:
    flood(4, 10 * ROOM)
    assert control.waiting >= ROOM
    pipe.begin_to_read()
    until(lambda: control.waiting == 0, 10.0, lambda: "it does not flow again")
    LOG.info("it flows")
    until(lambda: "it flows" in pipe.text(), 10.0, pipe.text)
    lines = pipe.text().splitlines()
    assert len(lines) <= ROOM + 3
    assert re.search(r"WARNING MainThread: \d+ lines are missing here", lines[-2]), "where they would stand"
    assert accounted(pipe.text()) == 40 * ROOM
    control.close()
    assert accounted((tmp_path / "a.log").read_text()) == 40 * ROOM


def test_what_is_missing_at_the_end_is_said_at_the_end(control: LogControl, pipe: Pipe) -> None:
    flood(1, 3 * ROOM)
    pipe.begin_to_read()
    control.close()
    until(lambda: "missing here" in pipe.text(), 10.0, pipe.text)
    assert accounted(pipe.text()) == 3 * ROOM


def test_a_line_says_what_was_so_when_it_was_logged(control: LogControl, pipe: Pipe) -> None:
    for number in range(40):
        LOG.info("number %d %s", number, "." * 100)
    told = ["before"]
    LOG.info("%s", told)
    told[0] = "after"
    pipe.begin_to_read()
    until(lambda: control.waiting == 0, 10.0, lambda: "it does not flow again")
    until(lambda: "['before']" in pipe.text(), 10.0, pipe.text)


@pytest.mark.slow
def test_a_console_that_hangs_does_not_hold_the_end_and_the_file_has_everything(
    control: LogControl, tmp_path: Path
) -> None:
    LOG.info("the last word")
    began_s = time.monotonic()
    control.close()
    assert time.monotonic() - began_s < CLOSE_S + SLACK_S
    assert (tmp_path / "a.log").read_text().endswith("the last word\n")


@pytest.mark.slow
def test_a_file_that_hangs_holds_nobody_nor_the_console_nor_the_end(
    full: Pipe, full_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A disk that stands still, a network folder that is gone; the supervisor says so, where it still can be said."""
    control = setup_logging(full_file, False, True, fallback_dir=tmp_path)
    LOG.info("number 0")
    file = workers(control)["log-file"]
    until(lambda: file.heartbeat is not None and file.heartbeat.doing == "writing", 10.0, lambda: "nothing is written")
    flood(4, 10 * ROOM)
    until(lambda: control.waiting <= ROOM, 10.0, lambda: "the console has not everything yet")
    supervision = Supervision(lambda: (file,), lambda: time.monotonic() + FILE_LIMIT_S)
    supervision.look()
    until(lambda: "log-file stands still" in capsys.readouterr().err, 10.0, lambda: "nobody is told")
    began_s = time.monotonic()
    control.close()
    assert time.monotonic() - began_s < CLOSE_S + SLACK_S
    full.begin_to_read()
    until(lambda: file.has_returned, 10.0, lambda: "its thread never ends")
    until(lambda: "missing here" in full.text(), 10.0, full.text)
    # It has what waited, and the supervisor's line is missing as well.
    assert accounted(full.text()) == 1 + 40 * ROOM + 1


def test_a_log_thread_that_died_is_begun_again_and_what_it_died_of_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the supervisor; without one at the end."""
    write, deaths = RotatingLogfile.write, [1, 2]

    def die(file: RotatingLogfile, line: str) -> None:
        if "deadly" in line and deaths:
            raise ZeroDivisionError(f"death {deaths.pop(0)}")
        write(file, line)

    monkeypatch.setattr(RotatingLogfile, "write", die)
    control = setup_logging(tmp_path / "a.log", False, False, fallback_dir=tmp_path)
    file = workers(control)["log-file"]
    LOG.info("deadly")
    until(lambda: file.error is not None, 10.0, lambda: "it lives")
    Supervision(lambda: control.workers).look()
    until(lambda: "death 1" in (tmp_path / "a.log").read_text(), 10.0, (tmp_path / "a.log").read_text)
    LOG.info("deadly")
    until(lambda: file.error is not None, 10.0, lambda: "it lives")
    LOG.info("the last word")
    control.close()
    text = (tmp_path / "a.log").read_text()
    assert "ERROR   log-file: log-file died: ZeroDivisionError('death 2')" in text
    assert text.endswith("the last word\n")


@pytest.mark.slow
def test_a_line_that_cannot_be_made_is_said_in_the_log_and_not_on_a_stderr_that_may_hang(
    control: LogControl, tmp_path: Path
) -> None:
    (ours,) = (each for each in logging.getLogger().handlers if isinstance(each, Outputs))
    record = LOG.makeRecord(LOG.name, logging.INFO, "lap.py", 12, "lap %d", ("S3cret",), None)
    hanging = threading.Thread(target=ours.handle, args=(record,), daemon=True)
    hanging.start()
    hanging.join(SLACK_S)
    assert not hanging.is_alive()
    control.close()
    text = (tmp_path / "a.log").read_text()
    assert "a line of the log could not be made (teamtactics.race.test, lap.py:12)" in text
    assert "TypeError: %d format" in text


def test_lines_that_a_full_disk_refuses_are_counted_and_said_when_it_takes_some_again() -> None:
    taken: list[str] = []
    is_full = threading.Event()

    def write(line: str) -> None:
        if is_full.is_set():
            raise OSError(28, "No space left on device")
        taken.append(line)

    outputs = Outputs(logging.Formatter("%(message)s"))
    outputs.add("log-file", write, lambda: None, FILE_LIMIT_S)
    (output,) = outputs.outputs
    for number in range(6):
        is_full.set() if number in (1, 2, 4) else is_full.clear()
        outputs.handle(logging.LogRecord("t", logging.INFO, __file__, 0, f"number {number}", None, None))
        until(lambda: output.waiting == 0, 10.0, lambda: "a line is not dealt with")
    outputs.close()
    missing = "lines are missing here: nobody took them"
    assert taken == ["number 0", f"2 {missing}", "number 3", f"1 {missing}", "number 5"]
