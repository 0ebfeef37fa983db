"""
Whoever dies or stands still, whenever: all is recorded and delivered, the icon says it within 5 s, and is well again.

The threads are those of the running product, so that a new one is in the matrix by itself.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import teamtactics.worker as worker_module
from service import tray_client
from service.tray_client import LAPS, Killed, Simulator, TrayClient, throw
from teamtactics.delivery import courier
from teamtactics.desktop.single_instance import ask
from teamtactics.model.events import LapFinished
from teamtactics.recording import writer as writer_module
from teamtactics.recording.journal import Entry, Journal, Note
from teamtactics.service import service as service_module
from teamtactics.service import supervision
from teamtactics.service.supervision import BOARD
from teamtactics.team import catch_up, presence, watch
from teamtactics.tray.menu import Choice
from teamtactics.tray.sign import Face
from teamtactics.worker import Worker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SEEN_WITHIN_S = 5.0
OWNED = {"team-watch-stream": "team-watch"}
"""A thread that another one begins and looks after: who is to be shown when it dies."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a human or a race waits less; nothing else is changed."""
    monkeypatch.setattr(worker_module, "STEADY_S", 0.5)
    monkeypatch.setattr(worker_module, "LONGEST_PAUSE_S", 0.2)
    monkeypatch.setattr(supervision, "LOOK_EVERY_S", 0.2)
    monkeypatch.setattr(service_module, "RENEW_EVERY_S", 0.2)
    # Who waits for something to do looks up ten times a second: so soon he meets his error, and the end.
    monkeypatch.setattr(writer_module, "RETRY_S", 0.1)
    for module in (courier, catch_up, presence, watch):
        monkeypatch.setattr(module, "_TICK_S", 0.1)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Any]:
    """The laps of the race when nothing goes wrong."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        client = TrayClient(tmp_path_factory.mktemp("undisturbed"), monkeypatch, Simulator())
        client.may_check.set()
        client.run(TrayClient.until_all_is_delivered)
    assert len(client.laps()) == LAPS
    return client.laps()


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every long-lived thread of a running client; one that the product does not know of fails here."""
    found: list[str] = []
    alive: list[str] = []

    def look(client: TrayClient) -> None:
        client.until(client.simulator.at_gate.is_set, "the race")
        client.commands.choose(Choice.CHECK)
        client.until(lambda: client.workers["check"].is_alive, "the check")
        client.until(lambda: "team-watch-stream" in running(), "the watch")
        found.extend(client.workers)
        alive.extend(running())
        client.simulator.open_gate()

    with pytest.MonkeyPatch.context() as monkeypatch:
        before = set(running())
        TrayClient(tmp_path_factory.mktemp("names"), monkeypatch, Simulator(tray_client.in_the_race)).run(look)
    assert {*alive} - before - OWNED.keys() == {*found}, "a thread that nobody looks after"
    return [*found, *OWNED]


def running() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name != "MainThread"]


def thread(name: str) -> threading.Thread | None:
    """Return the thread of that name; not one that is being begun: killed then, whoever begins it waits for ever."""
    return next((each for each in threading.enumerate() if each.name == name and each.is_alive()), None)


def at_start(client: TrayClient, kill: Callable[[], None]) -> None:
    client.until(client.simulator.at_gate.is_set, "the gate")
    client.until(lambda: client.is_settled, "what was told before it is recorded")
    kill()


def reloading(client: TrayClient, kill: Callable[[], None]) -> None:
    client.until(client.simulator.at_gate.is_set, "the gate")
    client.until(lambda: client.is_settled, "what was told before it is recorded")
    client.write(state_interval_s=25)
    client.commands._asked.put(lambda: client.service.reload() and None)
    kill()


MOMENTS = {
    "start": (tray_client.at_start, at_start),
    "middle": (tray_client.in_the_race, at_start),
    "session-change": (tray_client.at_the_session_change, at_start),
    "reload": (tray_client.in_the_race, reloading),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_whoever_dies_is_shown_and_begun_again_and_nothing_is_lost(
    moment: str, names: list[str], undisturbed: dict[tuple[str, str], Any], tmp_path: Path
) -> None:
    wrong: dict[str, str] = {}
    # Before the first session there is no stream, and a reload ends it on purpose and opens another.
    victims = [name for name in names if moment not in ("start", "reload") or name not in OWNED]
    for name in victims:
        with pytest.MonkeyPatch.context() as monkeypatch:
            try:
                die_once(tmp_path / name, monkeypatch, moment, name, undisturbed)
            except AssertionError as error:
                wrong[name] = str(error)
    assert wrong == {}, f"{len(wrong)} of {len(victims)}"


def die_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, moment: str, name: str, undisturbed: dict[tuple[str, str], Any]
) -> None:
    gate, when = MOMENTS[moment]
    simulator = Simulator(gate)
    client = TrayClient(folder, monkeypatch, simulator)
    shown: list[Face] = []

    def kill() -> None:
        if name == "check":
            client.commands.choose(Choice.CHECK)
        else:
            client.may_check.set()
        client.until(lambda: thread(name) is not None, f"{name} runs")
        victim, worker = thread(name), client.workers.get(name)
        assert victim is not None and throw(victim)
        if name == "listener":
            # It waits in the system for a visitor and meets the error when one comes.
            home = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")}
            threading.Thread(target=ask, args=(home, "show"), daemon=True).start()
        client.until(lambda: not victim.is_alive(), f"{name} is dead")

        def is_seen() -> bool:
            # A reload may have put another in its place before anybody could look: then all is well.
            return client.looks_bad() or (moment == "reload" and client.workers.get(name) is not worker)

        took_s = client.until(is_seen, f"{name}: the icon shows it", SEEN_WITHIN_S)
        shown.append(client.face())
        assert took_s < SEEN_WITHIN_S
        client.may_check.set()

    def play(client: TrayClient) -> None:
        when(client, kill)
        client.until(lambda: name == "check" or name in running(), f"{name} is begun again")
        client.until(lambda: not client.looks_bad(), "all is well again")
        simulator.open_gate()
        client.until_all_is_delivered()

    client.run(play)
    assert shown
    assert client.laps() == undisturbed
    assert len(client.got["pubsub"]) >= LAPS


def test_whoever_hangs_is_shown_within_seconds_and_nothing_is_lost(
    names: list[str], undisturbed: dict[tuple[str, str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is held where it says that it goes on, for as long as it takes the icon to notice."""
    simulator = Simulator(tray_client.in_the_race)
    client = TrayClient(tmp_path / "client", monkeypatch, simulator)
    client.may_check.set()
    noticed: dict[str, float] = {}

    def play(client: TrayClient) -> None:
        client.until(simulator.at_gate.is_set, "the gate")
        client.until(lambda: client.is_settled, "what was told before it is recorded")
        for name in names:
            if name.startswith(("courier", BOARD)):
                client.until(lambda name=name: "waiting" in doing(client.workers[name]), f"{name} has nothing to do")
            worker = client.workers.get(name)
            beat = None if worker is None else worker.heartbeat
            if worker is None or beat is None or beat.silent_limit_s > SEEN_WITHIN_S:
                continue  # waits for others by its nature, or has nothing to do now
            # The first for as long as it takes in life; of what the others may take a tenth has to do.
            share = 0.1 if noticed else 1.0
            go_on = hold(worker, share)
            client.until(lambda: client.face() is Face.STANDS_STILL, f"{name}: it is shown", 2 * SEEN_WITHIN_S)
            assert name in [still.name for still in client.commands.status().still], name
            noticed[name] = silent_s(worker) + (1.0 - share) * beat.silent_limit_s
            go_on.set()
            client.until(lambda: not client.looks_bad(), f"{name}: all is well again")
        simulator.open_gate()
        client.until_all_is_delivered()

    client.run(play)
    assert noticed.keys() == {*names} - {*OWNED, "check", "listener"}
    assert max(noticed.values()) < SEEN_WITHIN_S, noticed
    assert client.laps() == undisturbed


def hold(worker: Worker, share: float) -> threading.Event:
    """
    Let *worker* hang in its next beat until the event is set.

    Args:
        share: Of the time for which it may be silent it is given this much from there on.
    """
    go_on, life = threading.Event(), worker._life
    assert life is not None
    real = life.monotonic_s

    def held_s() -> float:
        doing, _, limit_s = life.pulse
        life.pulse = (doing, real(), share * limit_s)
        go_on.wait(60)
        life.monotonic_s = real
        return real()

    life.monotonic_s = held_s
    return go_on


def doing(worker: Worker) -> str:
    beat = worker.heartbeat
    return "" if beat is None else beat.doing


def silent_s(worker: Worker) -> float:
    beat = worker.heartbeat
    assert beat is not None
    return time.monotonic() - beat.at_s


# An error can also meet a thread before its first line or behind its last one; that it is dead is seen all the same.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
# Or in a weak reference's callback, where Python swallows it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", range(6))
def test_a_race_in_which_one_after_the_other_dies_loses_no_lap(
    seed: int, names: list[str], undisturbed: dict[tuple[str, str], Any], tmp_path: Path
) -> None:
    """Anywhere in what they do: between a lap and its being written, in a commit, on the way out."""
    chance = random.Random(seed)
    with pytest.MonkeyPatch.context() as monkeypatch:
        simulator = Simulator()
        simulator.batch_s = 0.008
        client = TrayClient(tmp_path / "client", monkeypatch, simulator)
        client.may_check.set()
        killed: list[str] = []

        def play(client: TrayClient) -> None:
            client.until(lambda: client.service._app is not None, "the store is open")
            app = client.service._app
            assert app is not None
            turn: list[str] = []
            while not app.collecting.has_returned:
                if not turn:
                    # Those who hold the laps in every round, so that no seed and no machine leaves them out.
                    turn = ["collector", "writer", *chance.sample(names, 2)]
                    chance.shuffle(turn)
                name = turn.pop()
                victim = thread(name)
                if victim is not None and name not in ("listener", "check") and throw(victim):
                    killed.append(name)
                client.until(lambda: app.collecting.is_alive or app.collecting.has_returned, "the collector lives", 60)
                time.sleep(chance.uniform(0.0, 0.4))
            client.until_all_is_delivered()
            # What was not seen whole is owed: that is looked for now and then, and again when who looked has died.
            client.until(lambda: client.laps().keys() == undisturbed.keys(), f"every lap, after {len(killed)} kills")

        client.run(play)
    assert killed.count("collector") >= 3 and killed.count("writer") >= 3, killed
    laps = client.laps()
    assert laps.keys() == undisturbed.keys(), f"{undisturbed.keys() - laps.keys()} of {len(killed)} kills"
    assert {key: wrong_fields(lap, undisturbed[key]) for key, lap in laps.items()} == {key: {} for key in laps}


def wrong_fields(lap: Any, true: Any) -> dict[str, Any]:
    """
    What is said and is not so; what is not known is null, which is not wrong, and how long that was stands in Gap.

    A sixth of a second that nobody saw in a refuelling is worth two thousandths of a litre burned. And a collector that
    dies while the script counts on by a tick leaves its clock that much behind.
    """
    said = {key: value for key, value in lap.items() if value is not None and key != "Gap"}
    fuel = {key: pytest.approx(true[key], abs=0.01) for key in ("FuelUsed", "FuelAdded") if lap["Gap"] and true[key]}
    about = {**fuel, "Utc": pytest.approx(true["Utc"], abs=timedelta(seconds=0.2))}
    return {key: (value, true[key]) for key, value in said.items() if value != about.get(key, true[key])}


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 5))
def test_a_collector_that_dies_between_a_lap_and_the_disk_loses_no_lap(
    where: str,
    number: int,
    undisturbed: dict[tuple[str, str], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was made of the ticks and did not reach the journal is made again of the same ticks, and what did is not."""
    real, left = Journal.put, [number]

    def put(journal: Journal, *entries: Entry) -> None:
        events = [event for entry in entries if isinstance(entry, Note) for event in entry.events]
        is_due = any(isinstance(event, LapFinished) for event in events)
        left[0] -= is_due
        if where == "before" and is_due and left[0] == 0:
            raise Killed
        real(journal, *entries)
        if where == "after" and is_due and left[0] == 0:
            raise Killed

    monkeypatch.setattr(Journal, "put", put)
    client = TrayClient(tmp_path / "client", monkeypatch, Simulator())
    client.may_check.set()
    client.run(TrayClient.until_all_is_delivered)
    assert left[0] <= 0
    assert client.laps() == undisturbed
