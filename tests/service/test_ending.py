"""The end of the program, in its order, whatever hangs or dies meanwhile; and who comes while another one runs."""

from __future__ import annotations

import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.client import until
from service import tray_client
from service.tray_client import Killed, Simulator, TrayClient, is_on_disk
from support.disks import held
from teamtactics.errors import NotInStore, OutboxHeld
from teamtactics.model.parcel import ParcelKind
from teamtactics.service import app as app_module
from teamtactics.service import service as service_module
from teamtactics.service import tray_app
from teamtactics.service.app import App, outbox_path, utc_now
from teamtactics.settings.load import load_settings
from teamtactics.store.store import Outbox

LOST = re.compile(r"1 item is not on disk and is lost|\d+ items are not on disk and are lost")
LIMIT_S = 25.0


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(tray_client.in_the_race)


@pytest.fixture
def app(tmp_path: Path, simulator: Simulator) -> App:
    """A client without sinks that has raced up to the gate; it waits a second for whoever holds its store."""
    ini = tmp_path / "teamtactics.ini"
    ini.write_text("[global]\ndataDir = data\n")
    settings = load_settings(ini, tmp_path, {}, sys.platform)
    made = App(settings, simulator, outbox=Outbox.own(outbox_path(settings), utc_now, "a test", busy_s=1.0))
    made.start()
    until(simulator.at_gate.is_set, 30.0, lambda: "the race has not come so far")
    until(lambda: is_on_disk(made), 30.0, lambda: "not recorded")
    return made


@contextmanager
def disk_hangs(outbox: Outbox) -> Iterator[None]:
    """As if a thread stood in a system call of the store."""
    with outbox._database._lock:
        yield


def laps(outbox: Outbox) -> list[object]:
    stored = reversed(outbox.sessions())
    return [lap["LapCompleted"] for one in stored for lap in outbox.documents(one.id, ParcelKind.LAP)]


def race_on(app: App, simulator: Simulator) -> None:
    simulator.open_gate()
    until(lambda: app.collecting.has_returned, 30.0, lambda: "the race is not over")


@pytest.mark.slow
def test_a_disk_that_hangs_for_a_moment_at_the_end_loses_nothing(app: App, simulator: Simulator) -> None:
    hangs = threading.Event()

    def hang() -> None:
        with disk_hangs(app.outbox):
            hangs.set()
            until(lambda: app._journal.closes_at_s is not None, LIMIT_S, lambda: "nobody ends it")
            time.sleep(1.0)

    hanging = threading.Thread(target=hang)
    hanging.start()
    hangs.wait()
    race_on(app, simulator)
    assert app.writer.backlog > 0
    app.close()
    hanging.join()
    assert app.writer.backlog == 0
    with Outbox.open(outbox_path(app.settings), utc_now) as outbox:
        assert laps(outbox) == [1, 2, 3, 1, 2, 3, 4, 5]


@pytest.mark.slow
def test_a_disk_that_hangs_for_good_does_not_hold_the_end_and_what_is_lost_is_said(
    app: App, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    with disk_hangs(app.outbox):
        race_on(app, simulator)
        began_s = time.monotonic()
        app.close()
        assert time.monotonic() - began_s < LIMIT_S
        said = [record.getMessage() for record in caplog.records]
        assert any(LOST.fullmatch(one) for one in said)
        assert app.writer.backlog > 0
    until(lambda: app._writing.has_returned, 20.0, lambda: "the writer never ends")
    app.outbox.close()


@pytest.mark.slow
def test_a_writer_that_dies_while_the_program_ends_still_writes_all(
    app: App, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, deaths = app.outbox.append, [Killed(), Killed()]

    def append(*arguments: object, **named: object) -> object:
        if deaths and app._journal.closes_at_s is not None:
            raise deaths.pop()
        return real(*arguments, **named)  # type: ignore[arg-type]

    with disk_hangs(app.outbox):
        race_on(app, simulator)
        monkeypatch.setattr(app.outbox, "append", append)
        app._journal.close(time.monotonic() + app_module.WRITE_S)
    app.close()
    assert (app.writer.backlog, deaths) == (0, [])
    with Outbox.open(outbox_path(app.settings), utc_now) as outbox:
        assert laps(outbox) == [1, 2, 3, 1, 2, 3, 4, 5]


@pytest.mark.slow
def test_what_a_store_that_is_held_does_not_take_is_left_elsewhere_and_comes_back_with_the_next_start(
    app: App, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(app_module, "WRITE_S", 1.5)  # for two attempts
    with held(outbox_path(app.settings)):
        race_on(app, simulator)
        app.close()
    said = app.writer.left_over()
    assert said is not None
    assert str(tmp_path / "teamtactics-") in said
    assert "another program" in said
    again = App(app.settings, tray_client.Simulator())
    again.start()
    until(lambda: not list(tmp_path.glob("teamtactics-*/laps-*")), 30.0, lambda: "not taken back")
    again.close()
    assert again.writer.left_over() is None
    with Outbox.open(outbox_path(app.settings), utc_now) as outbox:
        assert laps(outbox) == [1, 2, 3, 1, 2, 3, 4, 5]


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simulator: Simulator) -> TrayClient:
    made = TrayClient(tmp_path / "client", monkeypatch, simulator)
    made.may_check.set()
    return made


def is_free(client: TrayClient) -> bool:
    """Whether somebody else may write the store."""
    other = Outbox.own(client.folder / "data" / app_module.OUTBOX_NAME, utc_now, "a test")
    try:
        other.claim()
    except OutboxHeld:
        return False
    finally:
        other.close()
    return True


@pytest.mark.slow
@pytest.mark.parametrize("where", ["on the way", "while it ends"])
def test_a_board_that_died_is_not_missed_at_the_end(where: str, client: TrayClient) -> None:
    deaths: list[int] = []
    patch = pytest.MonkeyPatch()

    def die(*_: object, **__: object) -> bool:
        deaths.append(1)
        patch.undo()
        raise Killed

    def play(client: TrayClient) -> None:
        client.until(client.simulator.at_gate.is_set, "the gate")
        app = client.service._app
        assert app is not None
        if where == "on the way":
            client.service._supervision.worker.end()
            patch.setattr(client.service.board, "look", die)
            client.until(lambda: bool(deaths), "the board dies")
        else:
            patch.setattr(app.deliveries, "close", die)
        assert not is_free(client)

    client.run(play)
    assert deaths
    assert is_free(client)
    assert client.log().rstrip().endswith("ended in order")


@pytest.mark.slow
def test_quit_ends_the_icon_although_the_disk_hangs(client: TrayClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "STOP_S", 3.0)
    # The board's thread ends in this time after the icon has.
    monkeypatch.setattr(app_module, "WRITE_S", 1.0)
    monkeypatch.setattr(app_module, "JOIN_S", 3.0)

    def play(client: TrayClient) -> None:
        client.until(client.simulator.at_gate.is_set, "the gate")
        client.until(lambda: client.is_settled, "all is recorded")
        app = client.service._app
        assert app is not None
        app.outbox._database._lock.acquire()

    with pytest.raises(NotInStore, match=LOST.pattern):
        client.run(play)
    app = client.service._app
    assert app is not None
    assert "not everything ended in time" in client.log()
    app.outbox._database._lock.release()
    until(lambda: not client.service._board.is_alive, LIMIT_S, lambda: "the board never ends")


@pytest.mark.slow
def test_a_second_start_gets_its_answer_and_opens_no_store_although_the_disk_hangs(
    client: TrayClient, capsys: pytest.CaptureFixture[str]
) -> None:
    def play(client: TrayClient) -> None:
        client.until(client.simulator.at_gate.is_set, "the gate")
        client.until(lambda: client.is_settled, "all is recorded")
        app = client.service._app
        assert app is not None
        capsys.readouterr()
        with disk_hangs(app.outbox):
            assert tray_app.run_tray(client.folder / "teamtactics.ini") == 0
        out, _ = capsys.readouterr()
        assert out.startswith("teamtactics runs already: ")
        assert not is_free(client)

    client.run(play)
    assert is_free(client)
