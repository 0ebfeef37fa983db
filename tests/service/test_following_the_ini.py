"""The ini is watched: what is saved is taken over without losing a tick, a mistake leaves the former in force."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from e2e.client import until
from service.tray_client import LAPS, Simulator, TrayClient, in_the_race
from support.key_file import write_key_file
from support.recording_writer import write_recording
from teamtactics import language
from teamtactics.service import configuration as configuration_module
from teamtactics.service import headless
from teamtactics.service.service import Service
from teamtactics.settings import watch

SOON_S = 8.0
"""A change has to settle, and is looked for once a second."""


@pytest.mark.slow
def test_what_is_saved_in_pieces_is_taken_over_whole_and_no_tick_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "SETTLED_S", 0.8)
    simulator = Simulator(in_the_race)
    client = TrayClient(tmp_path / "client", monkeypatch, simulator)
    client.may_check.set()
    ini = client.folder / "teamtactics.ini"

    def play(client: TrayClient) -> None:
        client.until(simulator.at_gate.is_set, "the race")
        client.write(state_interval_s=25)
        whole = ini.read_text()
        for piece in ("", whole[:20], whole[: whole.index("25")], whole):
            ini.write_text(piece)
            time.sleep(0.3)
        client.until(lambda: client.service.settings.state_interval_s == 25.0, "it is taken over", SOON_S)
        assert "not taken over" not in client.log(), "a piece was taken for all of it"
        client.write(state_interval_s=1)
        client.until(
            lambda: any("stateInterval" in need for need in client.commands.status().needs), "it is told", SOON_S
        )
        assert client.service.settings.state_interval_s == 25.0
        assert not client.commands.status().in_danger
        client.write(state_interval_s=20)
        client.until(lambda: client.service.settings.state_interval_s == 20.0, "the mended one", SOON_S)
        client.until(lambda: client.commands.status().needs == (), "nobody is needed any more")
        simulator.open_gate()
        client.until_all_is_delivered()

    client.run(play)
    assert len(client.laps()) == LAPS
    assert len(client.got["pubsub"]) >= LAPS


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "localhost")


@pytest.mark.usefixtures("local")
def test_a_key_file_that_is_put_where_it_was_missed_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration_module, "TRY_WRONG_EVERY_S", 0.0)
    ini = tmp_path / "teamtactics.ini"
    ini.write_text("[global]\nlogfile = log.txt\ndataDir = data\ngoogleAccessToken = key.json\n")
    service = Service(ini)
    try:
        assert service.needs()[0].startswith("Your laps stay on this PC. teamtactics.ini line 4, googleAccessToken: ")
        assert not service.settings_changed()
        write_key_file(tmp_path / "key.json")
        assert service.settings_changed()
        assert service.reload() is None
        assert service.settings.cloud.firestore_configured
        assert not service.settings_changed()
    finally:
        service.close()


@pytest.mark.usefixtures("local")
def test_an_ini_that_is_gone_is_a_mistake_and_no_wish_to_keep_everything_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration_module, "ini_candidates", lambda *_: (tmp_path / "teamtactics.ini",))
    monkeypatch.setattr("teamtactics.settings.load.ini_candidates", lambda *_: (tmp_path / "teamtactics.ini",))
    ini = tmp_path / "teamtactics.ini"
    ini.write_text("[global]\nlogfile = log.txt\ndataDir = data\nstateInterval = 40\n")
    service = Service(None)
    try:
        ini.unlink()
        error = service.reload()
        assert error is not None and "does not exist" in str(error)
        assert service.settings.state_interval_s == 40.0
    finally:
        service.close()


@pytest.mark.slow
@pytest.mark.usefixtures("local")
def test_without_a_tray_the_ini_is_followed_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(headless, "stop_on_signals", lambda _stop: None)
    monkeypatch.setattr(headless, "SUPERVISE_EVERY_S", 0.1)
    monkeypatch.setattr(watch, "SETTLED_S", 0.3)
    recording = write_recording(tmp_path / "short.ibt", 480)
    ini, log = tmp_path / "teamtactics.ini", tmp_path / "log.txt"
    good = f"[global]\nlogfile = log.txt\ndataDir = data\nsimulate = {recording}\n"
    ini.write_text(good)
    codes: list[int] = []
    running = threading.Thread(target=lambda: codes.append(headless.run_headless(ini)))
    running.start()
    try:
        said = lambda text: lambda: log.exists() and text in log.read_text()  # noqa: E731
        until(said("connected to short.ibt"), 20.0, lambda: "it never began")
        ini.write_text(f"{good}stateInterval = soon\n")
        until(said("the former one stays in force"), 20.0, log.read_text)
        ini.write_text(f"{good}stateInterval = 40\ndebug = on\n")
        until(said("the configuration was read again"), 20.0, log.read_text)
    finally:
        running.join(30.0)
    assert codes == [0]
    assert "short.ibt: 480 ticks read, 0 missed" in log.read_text()
    assert capsys.readouterr().err.count("not taken over") == 1


@pytest.mark.usefixtures("local")
def test_the_language_of_the_ini_is_spoken_at_once_and_after_a_change(tmp_path: Path) -> None:
    ini = tmp_path / "teamtactics.ini"
    ini.write_text("[global]\nlogfile = x.log\ndataDir = data\nlanguage = de\n")
    service = Service(ini)
    try:
        assert language._("Save") == "Speichern"
        ini.write_text("[global]\nlogfile = x.log\ndataDir = data\nlanguage = en\n")
        assert service.reload() is None
        assert language._("Save") == "Save"
        ini.write_text("[global]\nlogfile = x.log\ndataDir = data\nlanguage = de\niracingId = me\n")
        assert service.reload() is not None
        assert language._("Save") == "Save", "the former settings stay in force, in their language"
    finally:
        language.use(language.SOURCE)
        service.close()
