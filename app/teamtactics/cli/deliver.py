"""``teamtactics deliver``: deliver what waits, without the tray."""

from __future__ import annotations

import os
import time
from pathlib import Path

from teamtactics.cli.console.output import say
from teamtactics.cli.console.voice import complain
from teamtactics.cloud.meter import Meter
from teamtactics.delivery.announcement import announcing_folds
from teamtactics.delivery.courier import Courier
from teamtactics.delivery.deliveries import SinkFactory, configured_sinks
from teamtactics.delivery.owed.debts import Debts
from teamtactics.delivery.usage_book import UsageBook
from teamtactics.desktop.single_instance import SingleInstance, ask
from teamtactics.language import _, local
from teamtactics.model.parcel import FIRESTORE, PUBSUB
from teamtactics.model.status import SinkState
from teamtactics.reports.parked import RETRY_PARKED, need
from teamtactics.service.app import outbox_path, utc_now
from teamtactics.service.clouds import firestore_sink, pubsub_sink
from teamtactics.service.startup import open_log, own_outbox, read_settings
from teamtactics.settings.places import is_there
from teamtactics.settings.settings import Settings
from teamtactics.store.store import Outbox
from teamtactics.tray.words import sink_name

_DELIVER_S = 600.0
"""So long it begins new batches; what is left waits for the next time."""
_PATIENCE_S = 30.0
"""So long it tries although nothing gets through: a thin line takes less at once first, others may go first."""


def deliver(config: Path | None, *, parked: bool) -> int:
    """
    Deliver what waits, and what is *parked* as well, without the tray; return 1 when something is left.

    A running tray is asked to do it: the store has one writer.

    Raises:
        TeamtacticsError: The configuration or the local store cannot be used.
    """
    instance = SingleInstance(os.environ)
    try:
        if not instance.is_first:
            runs = _("teamtactics runs in the tray and delivers by itself.")
            answer = ask(os.environ, RETRY_PARKED) if parked else runs
            if answer is None:
                complain(_("it runs in the tray and does not answer"))
                return 1
            say(f"{answer}\n")
            return 0
        settings = read_settings(config)
        if not is_there(outbox_path(settings)):
            complain(_("nothing is recorded yet: there is no {path}").format(path=outbox_path(settings)))
            return 1
        control = open_log(settings, console=True)
        try:
            with own_outbox(settings, "deliver") as outbox:
                return _deliver(settings, outbox, parked=parked)
        finally:
            control.close()
    finally:
        instance.close()


def _deliver(settings: Settings, outbox: Outbox, *, parked: bool) -> int:
    meter = Meter(utc_now)
    debts = Debts(outbox, lambda: None, lambda _collection: False, lambda _collection: None)
    factories: dict[str, SinkFactory] = {
        FIRESTORE: lambda now: firestore_sink(
            now,
            meter=meter,
            fold=debts.fold,
            on_folded=announcing_folds(outbox, lambda: None),
        ),
        PUBSUB: pubsub_sink,
    }
    left, sinks = 0, configured_sinks(settings)
    if not sinks:
        complain(_("there is nowhere to deliver to: googleAccessToken is not set, everything stays in the local store"))
        return 1
    for name in sinks:  # Firestore first: what it takes may have to be announced
        again = outbox.unpark(name) if parked else 0
        before = outbox.counts().sinks[name]
        courier = Courier(name, lambda name=name: factories[name](settings), UsageBook(outbox, meter))  # type: ignore[misc]
        _drain(courier, outbox, name)
        courier.close()
        after = outbox.counts().sinks[name]
        told = _("{sink}: {new} delivered ({again} had been parked), {waiting} wait, {parked} refused for good").format(
            sink=sink_name(name),
            new=after.confirmed - before.confirmed,
            again=again,
            waiting=after.waiting,
            parked=after.parked,
        )
        say(f"{told}\n")
        if courier.status.problem:
            say(f"  {local(courier.status.problem)}. {local(courier.status.hint)}\n")
        if after.parked:
            say(f"  {local(need(outbox, name))}\n")
        left += after.waiting + after.parked
    return 1 if left else 0


def _drain(courier: Courier, outbox: Outbox, name: str) -> None:
    """Deliver until nothing waits, a human has to do something, or nothing has got through for a while."""
    end_s = time.monotonic() + _DELIVER_S
    until_s, confirmed_at_s = time.monotonic() + _PATIENCE_S, courier.status.confirmed_at_s
    while (now_s := time.monotonic()) < min(until_s, end_s):
        wait_s = courier.step()
        if courier.status.confirmed_at_s != confirmed_at_s:
            until_s, confirmed_at_s = time.monotonic() + _PATIENCE_S, courier.status.confirmed_at_s
        if wait_s > 0:
            if courier.status.state is SinkState.REFUSED or not outbox.pending(name, 1):
                return
            time.sleep(min(wait_s, max(0.0, min(until_s, end_s) - now_s)))
