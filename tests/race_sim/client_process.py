"""
One client of a race, as a process of its own: all of the product, reading its image in step with the world.

    python tests/race_sim/client_process.py --config client/teamtactics.ini --address race.sock --name 400001

It composes what ``teamtactics run --headless`` composes; only the source's *waiting* is another (see ``lockstep``), and
the pauses after failures are as much shorter as the race is faster. At its orderly end it leaves ``counted.json``
beside its ini: how many operations it asked of the servers, and when it heard of each state.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from race_sim.lockstep import LockstepSource
from teamtactics.cloud import connection
from teamtactics.cloud import watch as cloud_watch
from teamtactics.cloud.retry import RetryPolicy
from teamtactics.delivery import courier
from teamtactics.delivery.owed import debts, progress, session_debt
from teamtactics.delivery.ports import Sink
from teamtactics.model.facts import LapFacts, MomentKind
from teamtactics.model.records import RunState
from teamtactics.race.eyes import telling
from teamtactics.recording import writer
from teamtactics.service import app as composition
from teamtactics.service.board import Board
from teamtactics.service.startup import log_settings, open_log, own_outbox, read_settings
from teamtactics.team import catch_up
from teamtactics.team import watch as team_watch

CALL_S = 1.0
"""The deadline of every call to a server."""
RECONNECT = {"grpc.initial_reconnect_backoff_ms": 50, "grpc.max_reconnect_backoff_ms": 200}


def main() -> int:
    parser = argparse.ArgumentParser(description="A client that keeps step with a scripted race.")
    parser.add_argument("--config", required=True, type=Path)
    parser.add_argument("--address", required=True, type=Path, help="the world's socket")
    parser.add_argument("--name", required=True, help="what the world calls this client")
    parser.add_argument("--bad-disk", action="store_true", help="keep step without waiting for the disk")
    parser.add_argument("--one-stream", action="store_true", help="never renew the watch, however often it is reset")
    parser.add_argument("--broken-rule", action="store_true", help="see a litre too much at the line, and no pit exit")
    chosen = parser.parse_args()
    settings = read_settings(chosen.config)
    if settings.simulate is None:
        parser.error("the ini names no image to simulate")
    hasten()
    if chosen.broken_rule:
        break_a_rule()
    if chosen.one_stream:
        cloud_watch._REPEATED = sys.maxsize
    control = open_log(settings, console=False)
    try:
        log_settings(settings)
        source = LockstepSource(settings.simulate, chosen.address, chosen.name)
        sinks: list[Sink] = []
        composition.firestore_sink = remembering(composition.firestore_sink, sinks)
        composition.pubsub_sink = remembering(composition.pubsub_sink, sinks)
        app, board = composition.App(settings, source, outbox=own_outbox(settings, "run --headless")), Board()
        heard: list[tuple[float, int | None, float]] = []
        app.team.take = noting(app.team.take, heard)

        def end(_number: int, _frame: FrameType | None) -> None:
            source.feed.release()
            app.stop()

        signal.signal(signal.SIGTERM, end)
        source.feed.on_world_gone = app.stop  # nobody is left behind when the world dies
        if not chosen.bad_disk:
            source.feed.before_answer = lambda: written(app)
        keep_collector_off_the_disk(app)
        app.start()
        try:
            while not app.wait():
                app.supervise()
                board.look(app, ())
        finally:
            app.close()
            left = {"published": sum(getattr(sink, "published", 0) for sink in sinks), "heard": heard}
            left["firestore"] = asdict(app.meter.total)
            chosen.config.with_name("counted.json").write_text(json.dumps(left))
    finally:
        control.close()
    return 0


def break_a_rule() -> None:
    """Let the eyes be wrong, as a version with a defect would be: a litre too much at the line, and no pit exit."""
    right = telling.Telling.facts

    def wrong(lap: telling.Telling, member: int) -> LapFacts:
        facts = right(lap, member)
        moments = tuple(each for each in facts.moments if each.kind is not MomentKind.EXIT)
        line = facts.line
        if line is not None and line.fuel_level_l is not None:
            line = replace(line, fuel_level_l=line.fuel_level_l + 1.0)
        return replace(facts, moments=moments, line=line)

    telling.Telling.facts = wrong  # type: ignore[method-assign]


def keep_collector_off_the_disk(app: composition.App) -> None:
    """Let the program fall if ever its collector waits for the store, even for a moment."""
    for name in ("reading", "writing"):
        use = getattr(app.outbox._database, name)

        def checked(use: Callable[..., Any] = use) -> Any:
            assert threading.current_thread().name != "collector", "the collector waits for the store"
            return use()

        setattr(app.outbox._database, name, checked)


def written(app: composition.App) -> None:
    """Wait until the writer has on disk what the collector has seen: what a kill takes is then known exactly."""
    while app.writer.backlog and app.writer.trouble is None:
        time.sleep(0.0005)


def hasten() -> None:
    """
    Let what waits in real time wait less: the race runs a hundred times faster than life.

    Else the pause after a failed call (up to a minute) would last for an hour of racing.
    """

    def soon(**_: float) -> RetryPolicy:
        return RetryPolicy(first_s=0.1, cap_s=0.3, least_s=0.05)

    courier.RetryPolicy = team_watch.RetryPolicy = catch_up.RetryPolicy = soon
    writer.RETRY_S, progress.OVER_AFTER_S = 0.05, 0.5
    debts.LOOK_EVERY_S, session_debt.OTHERS_WAIT_S = 0.1, 0.5
    catch_up.LOOK_EVERY_S, catch_up.LOOK_SELDOM_S = 0.2, 1.0
    courier._CONTENTION = RetryPolicy(first_s=0.02, cap_s=0.1, least_s=0.01)
    connection._OPTIONS = {**connection._OPTIONS, **RECONNECT}


def remembering(make: Callable[..., Sink], sinks: list[Sink]) -> Callable[..., Sink]:
    """Return *make*, which also keeps in *sinks* what it has made."""

    def made(*arguments: Any, **named: Any) -> Sink:
        sinks.append(make(*arguments, **named))
        getattr(sinks[-1], "_documents", sinks[-1])._timeout_s = CALL_S
        return sinks[-1]

    return made


def noting(
    take: Callable[[], Sequence[RunState]], heard: list[tuple[float, int | None, float]]
) -> Callable[[], Sequence[RunState]]:
    """Return *take*, which also notes of each state the session time, whose it is, and when it is taken (epoch, s)."""

    def taken() -> Sequence[RunState]:
        states = take()
        heard.extend((state.session_time_s, state.customer_id, time.time()) for state in states)
        return states

    return taken


if __name__ == "__main__":
    raise SystemExit(main())
