"""The log: its lines, its rotation, what it survives, and what never enters it."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.client import until
from support.key_file import private_key, secret_pieces
from teamtactics.logs import logfile as logfile_module
from teamtactics.logs.logfile import RotatingLogfile
from teamtactics.logs.setup import LogControl, setup_logging

LOG = logging.getLogger("teamtactics.race.test")
SECRETS = ("S3cretPass",)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "irtactics.log"


@pytest.fixture
def control(path: Path, tmp_path: Path) -> Iterator[LogControl]:
    control = setup_logging(path, False, False, fallback_dir=tmp_path / "data", secrets=SECRETS)
    yield control
    control.close()


def written(control: LogControl) -> None:
    """Wait until every line is where it belongs."""
    until(lambda: control.waiting == 0, 10.0, lambda: f"{control.waiting} lines are not written")


def text_of(control: LogControl) -> str:
    written(control)
    assert control.path is not None
    return control.path.read_text("utf-8")


def test_a_line_has_local_time_with_offset_level_thread_and_text(control: LogControl) -> None:
    LOG.info("Lap %d: %s", 12, "1:47.123 – Müller")
    pattern = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d INFO    MainThread: Lap 12: 1:47\.123 – Müller\n"
    assert re.fullmatch(pattern, text_of(control))


def test_the_folder_is_made_and_nothing_is_complained_about(control: LogControl, path: Path) -> None:
    assert (control.path, control.warning) == (path, None)


def test_other_libraries_are_heard_from_warnings_on_and_named(control: LogControl) -> None:
    other = logging.getLogger("some.library")
    control.set_debug(True)
    other.info("request body")
    other.warning("odd")
    assert "request body" not in text_of(control)
    assert text_of(control).endswith("WARNING MainThread: odd [some.library]\n")


def test_debug_is_switched_at_run_time(control: LogControl) -> None:
    LOG.debug("one")
    control.set_debug(True)
    LOG.debug("two")
    control.set_debug(False)
    LOG.debug("three")
    assert re.findall(r": (one|two|three|Debug.*)\n", text_of(control)) == [
        "Debug logging is on.",
        "two",
        "Debug logging is off.",
    ]


def test_a_name_with_a_line_break_cannot_pass_for_a_line_of_the_log(control: LogControl) -> None:
    LOG.info("driver %s", "a\n2025-01-01 00:00:00 INFO lies\r\x1b[31m\u2028b")
    assert text_of(control).endswith("driver a\n    2025-01-01 00:00:00 INFO lies\\r\\x1b[31m\\u2028b\n")


def test_a_lone_surrogate_costs_no_line(control: LogControl) -> None:
    LOG.info("driver %s", "\ud800x")
    assert "driver \\ud800x" in text_of(control)


def test_no_secret_enters_by_message_argument_exception_or_stack(control: LogControl) -> None:
    class Refused(Exception):
        pass

    try:
        try:
            raise Refused(private_key())
        except Refused:
            raise Refused("Cannot connect to proxy http://me:S3cretPass@proxy:80") from None
    except Refused:
        LOG.exception("Failed with %s", private_key(), stack_info=True)
    LOG.warning("%r", {"private_key": private_key(), "pass": "S3cretPass"})
    LOG.warning("S3cretPass")
    text = text_of(control)
    assert "Refused" in text
    assert not any(piece in text for piece in [*secret_pieces(), "S3cretPass"])


def test_an_exception_in_a_thread_goes_to_the_log(control: LogControl) -> None:
    def fail() -> None:
        raise ZeroDivisionError("in the uploader")

    thread = threading.Thread(target=fail, name="uploader")
    thread.start()
    thread.join()
    text = text_of(control)
    assert "CRITICAL uploader: uploader died of an unexpected error." in text
    assert "    ZeroDivisionError: in the uploader" in text


def test_an_exception_in_main_goes_to_the_log_and_to_the_screen(
    control: LogControl, capsys: pytest.CaptureFixture[str]
) -> None:
    error = ZeroDivisionError("http://me:S3cretPass@proxy")
    sys.excepthook(ZeroDivisionError, error, None)
    assert "ZeroDivisionError" in text_of(control)
    shown = capsys.readouterr().err
    assert "ZeroDivisionError" in shown
    assert "S3cretPass" not in shown + text_of(control)


def test_ctrl_c_is_no_error(control: LogControl) -> None:
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert text_of(control) == ""


def test_close_puts_everything_back_and_may_be_repeated(path: Path, tmp_path: Path) -> None:
    def state() -> tuple[object, ...]:
        root = logging.getLogger()
        ours = logging.getLogger("teamtactics")
        return (
            list(root.handlers),
            root.level,
            ours.level,
            sys.excepthook,
            threading.excepthook,
            sys.stdout,
            sys.stderr,
        )

    before = state()
    control = setup_logging(path, True, True, fallback_dir=tmp_path)
    assert state() != before
    control.close()
    control.close()
    assert state() == before


def test_the_console_gets_the_same_lines(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    control = setup_logging(path, False, True, fallback_dir=tmp_path)
    LOG.info("hello")
    text = text_of(control)
    assert text.endswith("hello\n")
    assert capsys.readouterr().err == text
    control.close()


def test_a_windowed_program_without_streams_logs_all_the_same(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    control = setup_logging(path, False, True, fallback_dir=tmp_path)
    sys.stderr.write("a library writes without asking")
    sys.stdout.write("a library writes without asking")
    LOG.info("hello")
    sys.excepthook(ValueError, ValueError("end"), None)
    text = text_of(control)
    control.close()
    assert "hello\n" in text
    assert "ValueError: end" in text
    assert (sys.stdout, sys.stderr) == (None, None)


def test_an_unwritable_place_moves_the_log_to_the_data_folder_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    wanted = tmp_path / "file" / "irtactics.log"
    control = setup_logging(wanted, False, False, fallback_dir=tmp_path / "data")
    LOG.info("hello")
    control.close()
    assert control.path == tmp_path / "data" / "irtactics.log"
    assert control.warning is not None
    assert str(wanted) in control.warning
    assert str(control.path) in control.warning
    lines = text_of(control).splitlines()
    assert control.warning in lines[0]
    assert lines[1].endswith("hello")


def test_with_no_place_at_all_the_program_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    control = setup_logging(tmp_path / "file" / "a.log", False, False, fallback_dir=tmp_path / "file" / "data")
    LOG.info("hello")
    control.close()
    assert control.path is None
    assert control.warning is not None
    assert "no logfile" in control.warning


@pytest.mark.parametrize("name", ["a\0b.log", "x" * 300])
def test_an_impossible_name_is_no_crash(tmp_path: Path, name: str) -> None:
    control = setup_logging(tmp_path / name, False, False, fallback_dir=tmp_path / "data")
    control.close()
    assert control.path is None


# Rotation


@pytest.fixture
def small(tmp_path: Path) -> Iterator[RotatingLogfile]:
    output = RotatingLogfile(tmp_path / "a.log", max_bytes=100, backups=3)
    yield output
    output.close()


def write(output: RotatingLogfile, *numbers: int) -> None:
    for number in numbers:
        output.write(f"line {number:04d} {'.' * 40}")


def numbers_in(folder: Path) -> list[int]:
    """The numbers of all lines in all files, oldest file first."""
    files = sorted(folder.glob("a.log*"), key=lambda file: file.name, reverse=True)
    files.sort(key=lambda file: file.suffix == ".log")
    return [int(number) for file in files for number in re.findall(r"line (\d+)", file.read_text())]


def test_a_full_file_is_renewed_and_the_oldest_given_up(small: RotatingLogfile, tmp_path: Path) -> None:
    write(small, *range(20))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.log", "a.log.1", "a.log.2", "a.log.3"]
    kept = numbers_in(tmp_path)
    assert kept == list(range(kept[0], 20))
    assert len(kept) >= 7


def test_while_a_viewer_holds_the_file_no_line_is_lost_and_no_old_file(
    small: RotatingLogfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows renaming an open file fails; only the current file is open in the viewer."""
    monkeypatch.setattr(logfile_module, "_TRY_AGAIN_BYTES", 100)
    write(small, *range(8))
    held = True
    rename = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if held and self.name == "a.log":
            raise PermissionError(13, "used by another process")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    before = numbers_in(tmp_path)
    write(small, *range(8, 40))
    held = False
    kept = numbers_in(tmp_path)
    assert kept == list(range(kept[0], 40))
    assert kept[0] <= before[0] + 2, "more than the one oldest file was given up"
    write(small, *range(40, 50))
    kept = numbers_in(tmp_path)
    assert kept == list(range(kept[0], 50))
    assert (tmp_path / "a.log").stat().st_size < 500


def test_a_full_disk_is_survived_and_a_later_line_is_written(
    small: RotatingLogfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(small, 1, 2)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(small, "_open", refuse)
        for number in (3, 4):
            with pytest.raises(OSError, match="No space"):
                write(small, number)
    write(small, 5)
    assert numbers_in(tmp_path) == [1, 2, 5]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux's always full device")
def test_a_full_disk_keeps_nobody_from_closing_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A reload closes it; what did not fit is given up, and the next log is opened."""
    control = setup_logging(Path("/dev/full"), False, False, fallback_dir=tmp_path)
    LOG.info("does not fit")
    written(control)
    assert all(worker.is_alive for worker in control.workers)
    control.close()
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not delete an open file")
def test_a_log_deleted_by_hand_is_begun_anew(small: RotatingLogfile, tmp_path: Path) -> None:
    write(small, 1)
    (tmp_path / "a.log").unlink()
    write(small, 2, 3)
    assert numbers_in(tmp_path) == [2, 3]


CRASHING = """
import faulthandler, sys
from pathlib import Path
from teamtactics.logs.setup import setup_logging
faulthandler.disable()
setup_logging(Path(sys.argv[1]), False, False, fallback_dir=Path(sys.argv[1]).parent)
faulthandler._sigsegv()
"""


def test_a_crash_of_the_interpreter_is_in_the_log_after_the_next_start(path: Path) -> None:
    crash = path.with_suffix(".crash")
    done = subprocess.run([sys.executable, "-c", CRASHING, str(path)], check=False, capture_output=True, timeout=60)
    assert done.returncode != 0
    assert "egmentation fault" in crash.read_text() or "access violation" in crash.read_text()
    orderly = CRASHING.replace("setup_logging(P", "c = setup_logging(P").replace("faulthandler._sigsegv()", "c.close()")
    subprocess.run([sys.executable, "-c", orderly, str(path)], check=True, capture_output=True, timeout=60)
    text = path.read_text("utf-8")
    assert "The run before left a crash report:" in text
    assert "    Fatal Python error" in text or "    Windows fatal exception" in text
    assert not crash.exists()


UNREAD = """
import logging, sys, threading
from pathlib import Path
from teamtactics.logs.setup import setup_logging
control = setup_logging(Path(sys.argv[1]), False, True, fallback_dir=Path(sys.argv[1]).parent)
for number in range(2000):
    logging.getLogger("teamtactics").info("number %d %s", number, "." * 100)
if sys.argv[2] == "in order":
    control.close()
else:
    raise ZeroDivisionError("unforeseen")
"""


@pytest.mark.slow
@pytest.mark.parametrize(("end", "code"), [("in order", 0), ("by an error", 1)])
def test_a_process_whose_console_nobody_reads_ends_and_its_file_has_everything(
    end: str, code: int, tmp_path: Path
) -> None:
    """Also the interpreter itself, which flushes stderr behind our last word, waits for nobody."""
    path = tmp_path / "a.log"
    with subprocess.Popen([sys.executable, "-c", UNREAD, str(path), end], stderr=subprocess.PIPE) as process:
        try:
            assert process.wait(60) == code
        finally:
            process.kill()
    text = path.read_text()
    assert len(re.findall(r": number \d+ ", text)) == 2000
    assert ("ZeroDivisionError: unforeseen" in text) == (code == 1)
    assert not path.with_suffix(".crash").exists()
