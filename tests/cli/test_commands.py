"""The commands as real processes, as a user pastes them."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import teamtactics
from e2e.client import PRODUCT, Client, utc_now
from e2e.test_recordings import LANGLEY, lap_documents
from support.disks import Holder
from teamtactics import __version__
from teamtactics.cli.schema import NAMES
from teamtactics.reports.known_laps import known_laps
from teamtactics.store.store import Outbox


def test_version_is_printed(tmp_path: Path) -> None:
    code, output = Client(tmp_path).run("--version")
    assert (code, output.strip()) == (0, f"teamtactics {__version__}")


def test_a_schema_is_printed_and_one_that_is_not_there_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    client = Client(tmp_path)
    code, output = client.run("schema", "lap")
    assert code == 0
    assert "FuelUsed" in json.loads(output)["properties"]
    code, output = client.run("schema", "--all")
    assert json.loads(output).keys() == set(NAMES)
    for words in (("laps",), ("lap", "--all")):
        code, output = client.run("schema", *words)
        assert code == 2
        assert "info, lap, state" in output


def test_a_configuration_that_cannot_work_is_told_whole_and_ends_with_2(tmp_path: Path) -> None:
    client = Client(tmp_path, {"iracingId": "many", "debug": "perhaps", "stateIntervall": "9"})
    code, output = client.run("run", "--headless")
    assert code == 2
    for word in ("iracingId", "debug", "stateIntervall", "stateInterval", "teamtactics.ini:"):
        assert word in output
    assert "Traceback" not in output


@pytest.mark.recording
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_ends_in_order_on_a_signal(number: signal.Signals, shared_data: Path, tmp_path: Path) -> None:
    with Client(tmp_path, {"simulate": str(shared_data / "monzasunset.dump")}) as client:
        client.wait_for("session ")
        assert client.process is not None
        client.process.send_signal(number)
        code, output = client.wait()
    assert code == 0, output
    assert "ended in order" in client.log()


@pytest.mark.recording
@pytest.mark.parametrize(
    ("name", "word"), [("corrupt.ibt", "corrupt.ibt"), ("monzasunset.dump", "memory image"), ("absent.ibt", "absent")]
)
def test_replay_refuses_what_is_no_recording_in_plain_words(
    name: str, word: str, shared_data: Path, tmp_path: Path
) -> None:
    code, output = Client(tmp_path).run("replay", str(shared_data / name))
    assert code == 2
    assert word in output
    assert "Traceback" not in output


@pytest.mark.recording
def test_replay_then_show_tells_laps_178_to_180(shared_data: Path, tmp_path: Path) -> None:
    client = Client(tmp_path)
    code, output = client.run("replay", str(shared_data / LANGLEY.format("14-48-39")), "--speed", "max")
    assert code == 0, output
    code, table = client.run("show")
    assert code == 0
    for cell in ("178", "179", "180", "15.2033", "15.1757"):
        assert cell in table
    code, text = client.run("show", "last", "--json")
    times = {lap["LapCompleted"]: lap["LapLastLapTime"] for lap in json.loads(text)["laps"]}
    assert times[178] is None
    assert times[180] == pytest.approx(15.2033, abs=5e-5)
    code, text = client.run("show", "last", "--csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["LapCompleted"] for row in rows] == ["178", "179", "180"]


def test_show_without_anything_recorded_says_so(tmp_path: Path) -> None:
    code, output = Client(tmp_path).run("show")
    assert code == 1
    assert "teamtactics: nothing is recorded yet" in output


@pytest.mark.parametrize("command", ["show", "deliver"])
def test_a_data_folder_with_an_impossible_name_is_no_traceback(tmp_path: Path, command: str) -> None:
    code, output = Client(tmp_path, {"dataDir": "a" * 5000}).run(command)
    assert code == 1
    assert "teamtactics: nothing is recorded yet" in output


@pytest.mark.slow
def test_demo_tells_the_race_and_keeps_it_where_asked(tmp_path: Path) -> None:
    client = Client(tmp_path)
    code, output = client.run("demo", "--laps", "8", "--speed", "max", "--data", str(tmp_path / "kept"))
    assert code == 0, output
    for words in ("Ada Falk", "Ben Ruiz", "pit entry", "tow", "no time", "Stints", "Stops"):
        assert words in output
    assert "310" not in output.replace("310.", ""), "drivers have names"
    told = int(output.partition(" laps:")[0].rpartition(" ")[2])
    with Outbox.open(tmp_path / "kept" / "teamtactics.sqlite3", utc_now) as outbox:
        assert told == len(known_laps(outbox, outbox.sessions()[0])) == 9
    assert (tmp_path / "kept" / "teamtactics.sqlite3").exists()
    code, output = client.run("demo", "--laps", "1")
    assert code == 2
    assert "from 4 to 1000" in output


def test_demo_says_that_it_cannot_keep_the_race(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, output = Client(tmp_path).run("demo", "--data", str(tmp_path / "file"))
    assert code == 2
    assert "--data" in output
    assert "is a file: name a folder" in output


@pytest.mark.recording
@pytest.mark.emulator
def test_check_has_a_line_for_each_thing_and_fails_when_one_does(
    shared_data: Path, tmp_path: Path, firestore_emulator: str
) -> None:
    settings = {"simulate": str(shared_data / "monzasunset.dump")}
    code, output = Client(tmp_path / "up", settings, firestore_emulator).run("check")
    assert code == 0, output
    for name in ("configuration", "credentials", "Firestore", "topic", "monza full", "data folder"):
        assert name in output
    code, output = Client(tmp_path / "down", settings, "127.0.0.1:9").run("check")
    assert code == 1, output


def test_the_icon_comes_before_store_race_and_cloud_are_loaded() -> None:
    """What the tray needs to show itself, and nothing that takes long."""
    code = (
        "import sys, teamtactics.service.tray_app, teamtactics.tray.presenter, teamtactics.tray.drawing.picture\n"
        "libraries = ('google', 'grpc', 'sqlite3', 'irsdk', 'jinja2', 'rich')\n"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] in libraries"
        " or name.startswith(('teamtactics.race', 'teamtactics.cloud', 'teamtactics.store', 'teamtactics.reports.'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    # What is parked is words only, and when a session is over a look at the status: no page, no table.
    assert set(done.stdout.split()) <= {"teamtactics.reports.parked", "teamtactics.reports.session_end"}


def test_until_the_icon_is_asked_for_nothing_of_ours_is_loaded_but_the_way_to_it(tmp_path: Path) -> None:
    """Each module costs a millisecond or two of every start; what the icon stands for is loaded when it is there."""
    code = (
        "import sys, teamtactics.service.tray_app as tray_app, teamtactics.tray.drawing.first_face\n"
        "tray_app.run_icon = lambda make: print(*sorted(sys.modules))\n"
        "from teamtactics.cli.main import main\n"
        "sys.exit(main([]))"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert {name.removeprefix("teamtactics.") for name in loaded if name.startswith("teamtactics.")} <= {
        "cli", "cli.main", "cli.console", "cli.console.ends", "logs", "logs.streams", "errors", "language",
        "service", "service.tray_app", "desktop", "desktop.single_instance", "desktop.memory", "tray", "tray.icon",
        "tray.drawing", "tray.drawing.first_face", "tray.drawing.theme",
        "settings", "settings.places",  # for the name of the lock file, which Windows does without
    }  # fmt: skip
    assert not loaded & {"PIL", "argparse", "json", "multiprocessing", "subprocess", "importlib.resources", "socket"}
    # Without what a site brings, and the lock file of Linux.
    code = "import sys, teamtactics.cli.main, teamtactics.service.tray_app; print(*sorted(sys.modules))"
    environment["PYTHONPATH"] = str(Path(teamtactics.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert not set(done.stdout.split()) & {"typing", "pathlib", "urllib", "gettext", "locale"}


@pytest.mark.slow
def test_a_reader_that_goes_away_ends_a_command_silently(tmp_path: Path) -> None:
    """``show | head``: the pipe is closed before anything is written."""
    client = Client(tmp_path)
    for unbuffered in ("", "1"):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [*client.program, "check", "--config", str(client.ini)],
            env={**client.environment, "PYTHONUNBUFFERED": unbuffered},
            stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60,
        )  # fmt: skip
        os.close(writer)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize("command", ["check", "show", "show x", "--version", "--help", "quit", "nonsense"])
def test_without_a_console_a_command_ends_in_order(command: str, tmp_path: Path) -> None:
    """A windowed program has neither stdout nor stderr; a closed one is the same to Python."""
    client = Client(tmp_path)
    log = tmp_path / "trace"
    program = f"import sys, traceback; from teamtactics.cli.main import main\ntry: sys.exit(main({command.split()}))\n"
    program += f"except Exception: open({str(log)!r}, 'w').write(traceback.format_exc())"
    subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" >&- 2>&-', sys.executable, program], env=client.environment, timeout=60
    )
    assert not log.exists(), log.read_text()


@pytest.mark.recording
@pytest.mark.slow
def test_a_replay_that_ends_while_a_backup_holds_the_store_waits_for_it(shared_data: Path, tmp_path: Path) -> None:
    client = Client(tmp_path)
    holder = Holder(tmp_path / "data" / "teamtactics.sqlite3")
    client.start("replay", str(shared_data / LANGLEY.format("14-48-39")), "--speed", "20")
    try:
        client.wait_for("lap 178")
        holder.take()
        client.wait_for("ticks read")
        client.wait_for("kept in memory until it can be written")
        with pytest.raises(subprocess.TimeoutExpired):
            client.wait(12.0)  # longer than the end of the program waits for a disk
        holder.release()
        code, output = client.wait()
    finally:
        holder.release()
        client.kill()
    assert code == 0, output
    assert output.count("teamtactics: What is recorded waits in memory. It cannot be written: ") == 1, output
    with client.store() as outbox:
        assert [lap["LapCompleted"] for lap in lap_documents(outbox)] == [178, 179, 180]


@pytest.mark.slow
def test_ctrl_c_ends_a_command_in_a_line(tmp_path: Path) -> None:
    client = Client(tmp_path)
    client.start("demo", "--laps", "8", "--speed", "1")
    assert client.process is not None
    assert client.process.stdout is not None
    try:
        while "in the car" not in (line := client.process.stdout.readline()):
            assert line, "the demo ended before it began"
        client.process.send_signal(signal.SIGINT)
        code, output = client.wait()
    finally:
        client.kill()
    assert (code, output.splitlines()[-1]) == (130, "teamtactics: interrupted"), output
    assert "Traceback" not in output


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_behind_the_output_is_said_in_a_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*PRODUCT, "--config", str(Client(tmp_path).ini), "check"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert "No space left" in ended.stderr
