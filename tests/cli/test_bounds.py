"""What the command line is given is bounded: a sentence says what is wrong, and nothing runs out of memory."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from e2e.client import PRODUCT, Client
from support.recording_writer import write_recording
from support.thorough import some_of
from teamtactics.cli.console.options import lap, laps, speed
from teamtactics.cli.console.output import say
from teamtactics.cli.console.progress import Told


@pytest.mark.parametrize("text", ["1e308", "-1e308", "nan", "inf", "-inf", "0", "-1", "1e-308", "10001", "", "fast"])
def test_a_speed_out_of_bounds(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=r"give a number from 0.01 to 10000 \(1 is real time\), or max"):
        speed(text)


def test_a_speed() -> None:
    assert [speed(text) for text in ("1", "0.01", "1e4", "max", " MAX ")] == [1.0, 0.01, 10_000.0, None, None]


@pytest.mark.parametrize("text", ["3", "1001", "1000000000", "9" * 5000, "-5", "1e9", "12.0", "", "¹²", "1_0"])
def test_a_number_of_laps_out_of_bounds(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is no number of laps: give a whole number from 4 to 1000") as refused:
        laps(text)
    assert len(str(refused.value)) < 120, "what was typed is not repeated at length"


@pytest.mark.parametrize(("read", "text", "value"), [(laps, "4", 4), (laps, "1000", 1000), (lap, "0", 0)])
def test_whole_numbers(read: Callable[[str], int], text: str, value: int) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("demo", "--laps", "1000000000"), "--laps: '1000000000' is no number of laps"),
        (("demo", "--speed", "1e308"), "--speed: '1e308' is no speed"),
        (("replay", "RECORDING", "--speed", "1e308"), "--speed: '1e308' is no speed"),
        (("report", "--lap", "9" * 30), "is no lap"),
        (("demo", "--data", "FILE"), "file is a file: name a folder"),
        (("replay", "RECORDING", "--data", "FILE"), "file is a file: name a folder"),
        (("report", "--to", "FILE"), "file is a file: name a folder"),
        (("show", "--data", "FILE"), "file is a file: name the folder"),
        (("demo", "--data", "FILE/below"), "can be no folder"),
        (("replay", "FOLDER"), "is a folder"),
        (("replay", os.devnull), "is no file"),
        (("replay", "ABSENT"), "there is no such file"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    meant = {
        "RECORDING": str(write_recording(tmp_path / "a.ibt", 60)),
        "FILE": str(tmp_path / "file"),
        "FILE/below": str(tmp_path / "file" / "below"),
        "FOLDER": str(tmp_path),
        "ABSENT": str(tmp_path / "absent.ibt"),
    }
    code, output = Client(tmp_path / "client").run(*(meant.get(word, word) for word in arguments))
    assert code == 2, output
    last = output.splitlines()[-1]
    assert last.startswith("teamtactics"), output
    assert words in last
    assert "Traceback" not in output


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in the file system")
def test_a_pipe_is_no_recording_and_no_place_for_a_table(tmp_path: Path) -> None:
    client, pipe = Client(tmp_path / "client"), tmp_path / "pipe"
    os.mkfifo(pipe)
    code, output = client.run("replay", str(pipe))
    assert (code, "is no file" in output) == (2, True), output
    assert client.run("demo", "--laps", "4", "--speed", "max", "--data", str(tmp_path / "kept"))[0] == 0
    code, output = client.run("show", "--data", str(tmp_path / "kept"), "--to", str(pipe))
    assert (code, "it is no file" in output) == (1, True), output
    assert pipe.is_fifo()


COMMANDS = ("show", "show x", "show --json", "team", "reconcile", "redo", "deliver", "--help", "report --lap 0")


@cache
def code_alone(client: Client, command: str) -> int:
    return client.run(*command.split())[0]


@pytest.mark.some(3)
@pytest.mark.parametrize(("command", "unbuffered"), some_of(list(product(COMMANDS, ("", "1"))), 6))
def test_a_reader_who_goes_away_is_no_error(command: str, unbuffered: str, kept: Client) -> None:
    done = _without_reader(kept, command.split(), unbuffered)
    # What was to be read is gone and no error; what is wrong stays wrong.
    assert done.returncode in (0, code_alone(kept, command)), done.stderr
    for words in ("Traceback", "Broken pipe", "Exception ignored"):
        assert words not in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_demo_that_nobody_watches_ends(unbuffered: str, tmp_path: Path) -> None:
    """In real time it would take four minutes."""
    done = _without_reader(Client(tmp_path), ["demo", "--laps", "4", "--speed", "1"], unbuffered)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_replay_that_nobody_watches_records_all_the_same(unbuffered: str, tmp_path: Path) -> None:
    client = Client(tmp_path / "client")
    recording = write_recording(tmp_path / "a.ibt", 600)
    done = _without_reader(client, ["replay", str(recording)], unbuffered)
    assert (done.returncode, done.stderr) == (0, "")
    assert "600" in client.log()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A client with a race in its store."""
    folder = tmp_path_factory.mktemp("kept")
    code, output = Client(folder / "demo").run("demo", "--laps", "4", "--speed", "max", "--data", str(folder / "race"))
    assert code == 0, output
    return Client(folder / "client", {"dataDir": str(folder / "race")})


def _without_reader(client: Client, arguments: list[str], unbuffered: str) -> subprocess.CompletedProcess[str]:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return subprocess.run(
            [*PRODUCT, "--config", str(client.ini), *arguments],
            env={**client.environment, "PYTHONUNBUFFERED": unbuffered},
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writer)


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_table_fits_the_terminal_that_it_is_printed_in(columns: int, kept: Client) -> None:
    import fcntl
    import pty
    import struct
    import termios

    ours, its = pty.openpty()
    try:
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(
            [*PRODUCT, "--config", str(kept.ini), "show"],
            env={name: value for name, value in kept.environment.items() if name != "COLUMNS"},
            stdin=its, stdout=its, stderr=its,
        )  # fmt: skip
    finally:
        os.close(its)
    text = b""
    try:
        while part := _read(ours):
            text += part
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait(10)
        os.close(ours)
    lines = text.decode().replace("\r", "").splitlines()
    rows = [line for line in lines if line.startswith((" ", "Not shown"))]  # a sentence is folded by the terminal
    assert max(map(len, rows)) <= columns, text.decode()
    assert len([line for line in lines if line.startswith("Not shown")]) >= 1
    code, whole = kept.run("show")
    assert (code, "Not shown" in whole) == (0, False), "a file has lines of any length"


def _read(end: int) -> bytes:
    try:
        return os.read(end, 65_536)
    except OSError:  # Linux says so when nobody holds the other end
        return b""


class Gone(io.StringIO):
    """A pipe of Windows that nobody reads."""

    def write(self, _text: str) -> int:
        raise OSError(errno.EINVAL, "Invalid argument")


def test_windows_says_otherwise_that_the_reader_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Gone())
    say("delivered")
    console = Told()
    console.print("lap 1")
    assert console.has_gone
    monkeypatch.setattr(Gone, "write", lambda _out, _text: (_ for _ in ()).throw(OSError(errno.EIO, "a broken disk")))
    with pytest.raises(OSError, match="a broken disk"):
        say("delivered")
