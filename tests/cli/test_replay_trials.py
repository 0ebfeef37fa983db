"""``teamtactics replay``: old laps go to the team only when somebody says so, and a recording can be tried."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from e2e.client import Client
from e2e.test_recordings import LANGLEY, lap_documents
from support.recording_writer import write_recording
from teamtactics.cli.main import main
from teamtactics.cli.replay import may_write
from teamtactics.errors import OptionRefused
from teamtactics.service.startup import read_settings
from teamtactics.settings.settings import Settings
from teamtactics.store.store import Outbox

NOBODY = "127.0.0.1:9"
"""No Firestore: whoever asks it hears nothing."""


class Terminal(io.StringIO):
    """Somebody at a keyboard."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    for name in [name for name in os.environ if name.upper().endswith("_PROXY") or "EMULATOR" in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", NOBODY)
    return read_settings(Client(tmp_path).ini)


def asked(monkeypatch: pytest.MonkeyPatch, answer: str, settings: Settings, began_utc: datetime) -> tuple[bool, str]:
    """Return what comes of *answer*, and what was asked."""
    console = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    monkeypatch.setattr(sys, "stderr", console)
    return may_write(settings, began_utc, "race.ibt"), console.getvalue()


@pytest.mark.parametrize(
    ("answer", "may"), [("y\n", True), (" YES \n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_who_sits_at_a_terminal_is_asked(
    answer: str, may: bool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, question = asked(monkeypatch, answer, settings, datetime.now(UTC) - timedelta(days=3, hours=1))
    assert found is may
    for word in ("race.ibt", "3 days ago", "the team's collection", "[y/N]"):
        assert word in question


def test_nobody_is_asked_about_what_is_young(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch, "", settings, datetime.now(UTC) - timedelta(hours=23)) == (True, "")


@pytest.mark.usefixtures("settings")
def test_without_a_cloud_nobody_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST")
    alone = read_settings(Client(tmp_path / "alone").ini)
    assert asked(monkeypatch, "", alone, datetime(2015, 5, 28, tzinfo=UTC)) == (True, "")


def test_without_a_terminal_it_is_refused_with_what_to_add(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for stdin in (io.StringIO("y\n"), None):  # a windowed program has none
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(OptionRefused, match=r"2015-05-28 00:00 UTC.* --yes .* --local "):
            may_write(settings, datetime(2015, 5, 28, tzinfo=UTC), "race.ibt")


def test_the_command_refuses_before_anything_is_recorded(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "old.ibt", 60)
    client = Client(tmp_path / "client", firestore=NOBODY)
    for options in ((), ("--from", "2015-05-28T18:48:39")):
        code, output = client.run("replay", str(recording), *options)
        assert code == 2, output
        assert output.startswith("teamtactics: old.ibt was recorded on 2015-05-28 18:48 UTC"), output
    assert not (client.folder / "data").exists()


@pytest.mark.recording
def test_local_shows_the_laps_and_leaves_nothing(shared_data: Path, tmp_path: Path) -> None:
    client = Client(tmp_path / "client", firestore=NOBODY)
    code, output = client.run("replay", "--local", str(shared_data / LANGLEY.format("14-48-39")))
    assert code == 0, output
    assert "15.1757" in output
    assert output.splitlines()[-1] == "Nothing of it was kept, and nothing has left this PC."
    assert [path.name for path in client.folder.iterdir()] == ["teamtactics.ini"]


@pytest.mark.recording
def test_data_keeps_a_record_of_its_own_that_show_finds(shared_data: Path, tmp_path: Path) -> None:
    client, own = Client(tmp_path / "client", firestore=NOBODY), tmp_path / "own"
    code, output = client.run("replay", str(shared_data / LANGLEY.format("14-48-39")), "--data", str(own))
    assert code == 0, output
    assert f"The record is in {own}, and nothing has left this PC." in output
    assert not (client.folder / "data").exists()
    with Outbox.open(own / "teamtactics.sqlite3", lambda: datetime.now(UTC)) as outbox:
        assert [lap["LapCompleted"] for lap in lap_documents(outbox)] == [178, 179, 180]
    code, output = client.run("show", "last", "--data", str(own), "--csv")
    assert (code, len(output.splitlines())) == (0, 4)


@pytest.mark.parametrize("command", ["replay", "demo"])
def test_the_folder_of_the_teams_record_is_no_place_for_a_trial(command: str, tmp_path: Path) -> None:
    client = Client(tmp_path / "client", firestore=NOBODY)
    recording = [str(write_recording(tmp_path / "old.ibt", 60))] if command == "replay" else []
    (client.folder / "data").mkdir()
    code, output = client.run(command, *recording, "--data", str(client.folder / "data"))
    assert code == 2, output
    assert "is the folder of the team's record" in output
    assert list((client.folder / "data").iterdir()) == []


def test_a_trial_is_kept_in_a_folder_or_not_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["replay", "x.ibt", "--local", "--data", "folder"])
    assert ended.value.code == 2
    assert "argument --data: not allowed with argument --local" in capsys.readouterr().err
