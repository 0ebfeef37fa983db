"""What runs behind the tray: starts with whatever can be used, follows the configuration, tells what it needs."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

import teamtactics.worker as worker_module
from e2e.client import until
from e2e.race_process import RaceProcess
from support.key_file import write_key_file
from support.pubsub_reader import PubSubReader
from teamtactics.errors import OutboxError
from teamtactics.model.status import SimulatorState, Status
from teamtactics.service import service as service_module
from teamtactics.service import supervision
from teamtactics.service.app import App
from teamtactics.service.service import Service
from teamtactics.store.store import Outbox
from teamtactics.tray.sign import Badge, sign

RELOADS = 100


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if "EMULATOR" in name or name.startswith("GOOGLE_")]:
        monkeypatch.delenv(name)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    # The service sets these for its proxy; they are put back behind it.
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "localhost")


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Start a service with these lines in its ini; it is ended behind the test."""
    begun: list[Service] = []

    def begin_one(*lines: str, start: bool = True) -> Service:
        write(tmp_path, *lines)
        service = Service(tmp_path / "teamtactics.ini")
        begun.append(service)
        if start:
            service.start()
        return service

    yield begin_one
    for service in begun:
        assert service.close()


@pytest.fixture
def race(tmp_path: Path) -> Iterator[Path]:
    """A memory image in which a car drives at 60 Hz."""
    image = tmp_path / "live.dump"
    with RaceProcess("solo", image, 60.0, "410001") as process:
        process.go()
        yield image


def write(folder: Path, *lines: str) -> None:
    text = "\n".join(["[global]", "logfile = irtactics.log", "dataDir = data", *lines, ""])
    (folder / "teamtactics.ini").write_text(text)


def wait_for(service: Service, holds: Callable[[Status], bool], timeout_s: float = 20.0) -> Status:
    until(lambda: holds(service.status()), timeout_s, lambda: f"{service.status()}")
    return service.status()


@pytest.mark.slow
def test_with_a_missing_key_file_it_records_and_says_what_it_needs(
    begin: Callable[..., Service], tmp_path: Path, shared_data: Path
) -> None:
    service = begin("googleAccessToken = gone.json", f"simulate = {shared_data / 'monzasunset.dump'}")
    status = wait_for(service, lambda now: now.simulator is SimulatorState.CONNECTED)
    assert status.sinks == ()
    (need,) = status.needs
    assert "googleAccessToken" in need and "gone.json" in need
    assert service.reload() is not None
    write(tmp_path, f"simulate = {shared_data / 'monzasunset.dump'}")
    assert service.reload() is None
    wait_for(service, lambda now: now.needs == ())


def test_a_broken_ini_leaves_the_former_settings_in_force(begin: Callable[..., Service], tmp_path: Path) -> None:
    service = begin("stateInterval = 40")
    before = service.settings
    write(tmp_path, "stateInterval = 50", "iracingId = me")
    error = service.reload()
    assert error is not None and "iracingId" in str(error)
    assert service.settings is before
    wait_for(service, lambda now: any("iracingId" in need and "former settings go on" in need for need in now.needs))
    write(tmp_path, "stateInterval = 50")
    assert service.reload() is None
    assert service.settings.state_interval_s == 50.0
    assert not any("iracingId" in need for need in service.needs())


class Held:
    """Files that another program holds: there, and not to be opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: set[str] = set()
        real = Path.open

        def refuse(path: Path, mode: str = "r", *arguments: object, **named: object) -> object:
            if path.name in self.names and "r" in mode:
                raise PermissionError(13, "The process cannot access the file", str(path))
            return real(path, mode, *arguments, **named)  # type: ignore[call-overload]

        monkeypatch.setattr(Path, "open", refuse)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    return Held(monkeypatch)


def test_an_ini_that_cannot_be_read_at_log_on_is_waited_for_and_no_other_store_is_opened(
    begin: Callable[..., Service], held: Held, tmp_path: Path, shared_data: Path
) -> None:
    held.names = {"teamtactics.ini"}
    service = begin("stateInterval = 40", f"simulate = {shared_data / 'monzasunset.dump'}")
    status = wait_for(service, lambda now: now.needs != ())
    (need,) = status.needs
    assert need.startswith(
        "Nothing is recorded yet. teamtactics.ini: cannot be read at the moment (The process cannot "
    )
    assert service.reload() is not None
    looks = service.board.status.at_s
    wait_for(service, lambda now: now.at_s > looks)
    assert service.outbox is None
    assert not list((tmp_path / "home").rglob("*.sqlite3"))
    held.names = set()
    wait_for(service, lambda now: service.outbox is not None and now.needs == ())
    assert (service.settings.state_interval_s, service.settings.data_dir) == (40.0, tmp_path / "data")
    assert service.log.path == tmp_path / "irtactics.log"
    assert not list((tmp_path / "home").rglob("*.sqlite3"))


@pytest.mark.slow
def test_an_ini_that_becomes_readable_with_a_mistake_is_used_without_it(
    begin: Callable[..., Service], held: Held, tmp_path: Path
) -> None:
    held.names = {"teamtactics.ini"}
    service = begin("iracingId = me")
    wait_for(service, lambda now: any("at the moment" in need for need in now.needs))
    held.names = set()
    wait_for(
        service, lambda now: any("iracingId" in need and need.startswith("All other settings") for need in now.needs)
    )
    until(lambda: service.outbox is not None, 5.0, lambda: "no outbox")
    assert service.settings.data_dir == tmp_path / "data"


@pytest.mark.slow
def test_a_key_file_that_cannot_be_read_for_a_moment_is_taken_over_when_it_can(
    begin: Callable[..., Service], held: Held, tmp_path: Path
) -> None:
    write_key_file(tmp_path / "key.json")
    held.names = {"key.json"}
    service = begin("googleAccessToken = key.json")
    wait_for(service, lambda now: any("googleAccessToken" in need for need in now.needs))
    until(lambda: service.outbox is not None, 5.0, lambda: "recording goes on meanwhile")
    assert not service.settings.cloud.firestore_configured
    held.names = set()
    until(lambda: service.settings.cloud.firestore_configured, 5.0, lambda: f"{service.board.status}")


def test_an_ini_held_during_a_reload_is_taken_over_afterwards(
    begin: Callable[..., Service], held: Held, tmp_path: Path
) -> None:
    service = begin("stateInterval = 40")
    until(lambda: service.outbox is not None, 5.0, lambda: "no outbox")
    write(tmp_path, "stateInterval = 50")
    held.names = {"teamtactics.ini"}
    assert service.reload() is not None
    assert service.settings.state_interval_s == 40.0
    held.names = set()
    until(lambda: service.settings.state_interval_s == 50.0, 5.0, lambda: f"{service.board.status}")


@pytest.mark.slow
def test_a_second_reload_keeps_what_the_first_one_changed(
    begin: Callable[..., Service], tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = begin()
    until(lambda: service.outbox is not None, 5.0, lambda: "no outbox")
    app = service._app
    assert app is not None
    with monkeypatch.context() as patch:
        busy, free = threading.Event(), threading.Event()

        def stand(_timeout_s: float) -> Sequence[object]:
            busy.set()
            free.wait(20)
            return ()

        patch.setattr(app.collector, "_connect", lambda: stand(0.0))
        assert busy.wait(10)
        write(tmp_path, f"simulate = {shared_data / 'monzasunset.dump'}")
        assert service.reload() is None
        write(tmp_path, f"simulate = {shared_data / 'monzasunset.dump'}", "stateInterval = 50")
        assert service.reload() is None
    free.set()
    wait_for(service, lambda now: now.simulator is SimulatorState.CONNECTED)
    assert app.collector.tracker.state_interval_s == 50.0


def test_a_data_folder_that_changes_while_the_store_is_opened_is_told(
    begin: Callable[..., Service], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = begin(start=False)
    real, reloads = Outbox.claim, []

    def slow(outbox: Outbox) -> None:
        (tmp_path / "teamtactics.ini").write_text("[global]\ndataDir = elsewhere\n")
        # From the menu's thread: it waits until the store is open.
        reloads.append(threading.Thread(target=service.reload))
        reloads[0].start()
        real(outbox)

    monkeypatch.setattr(Outbox, "claim", slow)
    service.start()
    wait_for(service, lambda now: any("dataDir has changed" in need for need in now.needs))


@pytest.mark.slow
def test_why_the_simulator_cannot_be_read_is_a_need(begin: Callable[..., Service], shared_data: Path) -> None:
    service = begin(f"simulate = {shared_data / 'monzasunset.dump'}")
    wait_for(service, lambda now: now.simulator is SimulatorState.CONNECTED)
    assert service._app is not None
    service._app.collector.refusal = "this build of iRacing does not give FuelLevel"
    wait_for(service, lambda now: now.needs == ("this build of iRacing does not give FuelLevel",))


def test_another_data_folder_needs_a_new_start_and_says_so(begin: Callable[..., Service], tmp_path: Path) -> None:
    service = begin()
    until(lambda: service.outbox is not None, 5.0, lambda: "no outbox")
    write(tmp_path, "dataDir = elsewhere")
    text = (tmp_path / "teamtactics.ini").read_text().replace("dataDir = data\n", "")
    (tmp_path / "teamtactics.ini").write_text(text)
    assert service.reload() is None
    wait_for(service, lambda now: any("dataDir has changed" in need for need in now.needs))
    assert not (tmp_path / "elsewhere" / "teamtactics.sqlite3").exists()


def test_debug_and_the_logfile_follow_the_configuration(begin: Callable[..., Service], tmp_path: Path) -> None:
    import logging

    service = begin("debug = on")
    assert logging.getLogger("teamtactics").isEnabledFor(logging.DEBUG)
    text = (tmp_path / "teamtactics.ini").read_text()
    (tmp_path / "teamtactics.ini").write_text(text.replace("irtactics.log", "other.log").replace("debug = on", ""))
    assert service.reload() is None
    assert not logging.getLogger("teamtactics").isEnabledFor(logging.DEBUG)
    log = tmp_path / "other.log"
    until(lambda: "the configuration was read again" in log.read_text(), 10.0, log.read_text)


def test_a_store_that_cannot_be_used_is_told_and_tried_again(
    begin: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Outbox.own
    refusals = [OutboxError("the store is held by another program")]

    def held_at_first(*arguments: object, **named: object) -> Outbox:
        if refusals:
            raise refusals.pop()
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Outbox, "own", held_at_first)
    monkeypatch.setattr(service_module, "RETRY_STORE_S", 0.5)
    service = begin()
    wait_for(service, lambda now: "the store is held by another program" in now.needs)
    wait_for(service, lambda now: not any("held" in need for need in now.needs))


@pytest.mark.slow
@pytest.mark.parametrize("error", [OutboxError("the store is held"), ValueError("Invalid control character")])
def test_whatever_an_opening_raises_it_is_told_and_tried_again_and_nothing_is_left_open(
    error: Exception, begin: Callable[..., Service], monkeypatch: pytest.MonkeyPatch, race: Path
) -> None:
    """A pending lap that cannot be finished, a flipped bit in the stored names: whatever it is, somebody is told."""
    opened: list[App] = []
    real = App.start

    def start(app: App) -> None:
        opened.append(app)
        if len(opened) < 3:
            raise error
        real(app)

    monkeypatch.setattr(App, "start", start)
    monkeypatch.setattr(service_module, "RETRY_STORE_S", 0.5)
    service = begin(f"simulate = {race}")
    status = wait_for(service, lambda now: any(str(error) in need for need in now.needs))
    assert sign(status).badge is Badge.DANGER
    wait_for(service, lambda now: now.needs == () and now.simulator is SimulatorState.CONNECTED)
    with pytest.raises(OutboxError, match="closed"):
        opened[0].outbox.counts()


def test_a_collector_that_dies_is_told_and_begun_again(
    begin: Callable[..., Service], monkeypatch: pytest.MonkeyPatch, race: Path
) -> None:
    service = begin(f"simulate = {race}")
    wait_for(service, lambda now: now.simulator is SimulatorState.CONNECTED)
    app = service._app
    assert app is not None
    real = app.collector.source.read
    deaths = [ValueError("broken"), ValueError("broken")]

    def read(timeout_s: float) -> object:
        if deaths:
            raise deaths.pop()
        return real(timeout_s)

    monkeypatch.setattr(app.collector.source, "read", read)
    status = wait_for(service, lambda now: bool(now.needs))
    assert status.needs == (
        "The recorder had an error (ValueError('broken')) and is begun again. "
        "If it comes back, choose Report a problem.",
    )
    wait_for(service, lambda now: not deaths and now.simulator is SimulatorState.CONNECTED)


@pytest.mark.slow
def test_an_error_of_the_board_is_told_and_does_not_end_the_recording(
    begin: Callable[..., Service], monkeypatch: pytest.MonkeyPatch, race: Path
) -> None:
    monkeypatch.setattr(worker_module, "STEADY_S", 1.0)
    service = begin(f"simulate = {race}")
    wait_for(service, lambda now: now.simulator is SimulatorState.CONNECTED)
    app = service._app
    assert app is not None
    with monkeypatch.context() as patch:
        patch.setattr(app.outbox, "counts", lambda: 1 / 0)
        wait_for(service, lambda now: any("ZeroDivisionError" in need for need in now.needs))
        assert app.collecting.is_alive
    wait_for(service, lambda now: now.needs == () and now.simulator is SimulatorState.CONNECTED)


@pytest.mark.slow
def test_a_collector_that_keeps_dying_is_still_tried(
    begin: Callable[..., Service], monkeypatch: pytest.MonkeyPatch, race: Path
) -> None:
    monkeypatch.setattr(worker_module, "LONGEST_PAUSE_S", 0.2)
    monkeypatch.setattr(worker_module, "STEADY_S", 2.0)
    monkeypatch.setattr(supervision, "LOOK_EVERY_S", 0.05)
    service = begin(f"simulate = {race}")
    wait_for(service, lambda now: now.simulator is SimulatorState.CONNECTED)
    app = service._app
    assert app is not None
    real, deaths = app.collector.source.read, []

    def read(timeout_s: float) -> object:
        if len(deaths) < 9:
            deaths.append(1)
            raise ValueError("broken")
        return real(timeout_s)

    monkeypatch.setattr(app.collector.source, "read", read)
    wait_for(service, lambda now: any("recorder had an error" in need for need in now.needs))
    wait_for(service, lambda now: now.needs == () and now.simulator is SimulatorState.CONNECTED)
    assert len(deaths) == 9


@pytest.mark.slow
@pytest.mark.emulator
@pytest.mark.timeout(180)
def test_a_hundred_reloads_never_let_go_of_the_simulator_and_leave_nothing_behind(
    begin: Callable[..., Service],
    tmp_path: Path,
    race: Path,
    monkeypatch: pytest.MonkeyPatch,
    firestore_emulator: str,
    pubsub_emulator: str,
) -> None:
    """Sinks come and go, the state's interval and the log change, while the car drives at 60 Hz."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_emulator)
    project = tmp_path.name.replace("_", "-").lower()[:30]
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project)
    with PubSubReader(pubsub_emulator, project, "laps") as reader:
        reload_often(begin, tmp_path, race)
        assert "session" in {message.type for message in reader.pull_all()}


def reload_often(begin: Callable[..., Service], tmp_path: Path, race: Path) -> None:
    me = psutil.Process()
    service = begin(f"simulate = {race}", "messageTopic = laps")
    wait_for(service, lambda now: now.is_driving, 60.0)
    app = service._app
    assert app is not None
    found: list[tuple[int, int, int]] = []
    for number in range(RELOADS):
        topic = "messageTopic = laps" if number % 2 else ""
        write(tmp_path, f"simulate = {race}", f"stateInterval = {10 + number % 7}", topic)
        assert service.reload() is None
        time.sleep(0.05)
        if number in (RELOADS // 5 + 1, RELOADS - 1):
            time.sleep(2.0)
            found.append((threading.active_count(), me.num_fds(), me.memory_info().rss))
    assert app.collector.is_connected and app.collecting.is_alive
    log = (tmp_path / "irtactics.log").read_text()
    assert log.count("connected to") == 1, "the collector never let go"
    (early_threads, early_fds, early_rss), (late_threads, late_fds, late_rss) = found
    assert late_threads <= early_threads
    assert late_fds <= early_fds + 4
    assert late_rss - early_rss < 12_000_000, f"{(late_rss - early_rss) / 1e6:.1f} MB more"
    # A busy machine alone costs some; that a reload costs none is proved tick by tick in test_collecting.
    missed = app.collector.source.missed_ticks
    assert missed <= 0.05 * app.collector.frames, f"{missed} of {app.collector.frames} ticks were missed"
