"""Which changes of the status are worth a notification: few, never twice; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from teamtactics.language import _, local, n_
from teamtactics.model.status import CHECK_OK, SinkState, Status
from teamtactics.model.words import put_back_text, put_back_title
from teamtactics.tray import words
from teamtactics.tray.fitting import MESSAGE_UNITS, TITLE_UNITS, balloon, clip, shortened
from teamtactics.tray.sign import waiting

UNREACHABLE_S = 60.0
"""So long the cloud must have been unreachable while driving before it is said."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """
    What has been said, so that it is not said again.

    Attributes:
        needs: The needs that hold and were told; one that went away and comes back is told again.

        still: What stands still and was told.

        unreachable_since_s: Since when, without a break, a sink has been unreachable; None while all are reached.

        is_outage_told: The outage that goes on was told.

        outage_laps: Laps that waited when a sink was last seen unreachable.

        newer_client: The newest version that was told.

        collection: Of which session the following was told.

        not_ready: What was told of members who are not ready, each once in a session: who, and what.

        silent_driver: Who drives without a client and was told.

        change: Behind which driver change it was told what to put back: in which session, and when he got in.
    """

    needs: frozenset[str] = frozenset()
    still: frozenset[str] = frozenset()
    unreachable_since_s: float | None = None
    is_outage_told: bool = False
    outage_laps: int = 0
    newer_client: str | None = None
    collection: str | None = None
    not_ready: frozenset[tuple[int, str | None]] = frozenset()
    silent_driver: str | None = None
    change: tuple[str | None, float] | None = None


def notices(told: Told, status: Status) -> tuple[Told, tuple[Notice, ...]]:
    """Compare *status* with what has been told; return what has been told now, and what is to be said."""
    said: list[Notice] = []
    told = _standstill(told, status, said)
    told = _needs(told, status, said)
    if status.is_old:
        # It knows nothing of the cloud: what was told of it holds until somebody knows better.
        return told, tuple(said)
    told = _outage(told, status, said)
    told = _newer_client(told, status, said)
    told = _not_ready(told, status, said)
    told = _silent_driver(told, status, said)
    told = _put_back(told, status, said)
    return told, tuple(said)


def _standstill(told: Told, status: Status, said: list[Notice]) -> Told:
    still = frozenset(each.name for each in status.still)
    if still - told.still:
        said.append(_notice(_("Teamtactics stands still"), words.message(status)))
    return replace(told, still=still)


def _needs(told: Told, status: Status, said: list[Notice]) -> Told:
    needs = words.all_needs(status)
    new = [need for need in needs if need not in told.needs]
    if new:
        said.append(Notice(_("Teamtactics needs you"), balloon([local(need) for need in new])))
    return replace(told, needs=frozenset(needs))


def _outage(told: Told, status: Status, said: list[Notice]) -> Told:
    down = [sink for sink in status.sinks if sink.state is SinkState.UNREACHABLE]
    if down:
        since_s = status.at_s if told.unreachable_since_s is None else told.unreachable_since_s
        is_long = status.is_driving and status.at_s - since_s >= UNREACHABLE_S
        if is_long and not told.is_outage_told:
            text = _(
                "Your laps are kept on this PC and sent later: {sinks} cannot be reached for a minute now. Keep "
                "driving, there is nothing to do."
            ).format(sinks=", ".join(words.sink_name(sink.name) for sink in down))
            said.append(_notice(_("Cloud unreachable"), text))
        is_told = told.is_outage_told or is_long
        return replace(
            told,
            unreachable_since_s=since_s,
            is_outage_told=is_told,
            outage_laps=max(told.outage_laps, status.laps_waiting),
        )
    told = replace(told, unreachable_since_s=None)
    if waiting(status):
        return told
    if told.is_outage_told and status.sinks:
        laps = told.outage_laps
        text = n_(
            "{laps} lap of the outage is delivered, nothing waits any more. There is nothing to do.",
            "{laps} laps of the outage are delivered, nothing waits any more. There is nothing to do.",
            laps,
        )
        said.append(_notice(_("Cloud reached again"), text.format(laps=laps)))
    return replace(told, is_outage_told=False, outage_laps=0)


def _newer_client(told: Told, status: Status, said: list[Notice]) -> Told:
    newer = status.newer_client
    if newer is None or newer == told.newer_client:
        return told
    text = _("Yours still works, but a team-mate runs version {version}. Update before the next race.")
    said.append(_notice(_("A newer teamtactics"), text.format(version=newer)))
    return replace(told, newer_client=newer)


def _not_ready(told: Told, status: Status, said: list[Notice]) -> Told:
    """
    Whose check fails or who reads other names, is told once; who is gone has gone, which the menu says.

    That items wait somewhere passes by itself; where something is wrong as well, that is told.
    """
    if status.collection != told.collection:
        told = replace(told, collection=status.collection, not_ready=frozenset())
    new = [
        seen
        for seen in status.members
        if seen.trouble is not None
        and (seen.member.check != CHECK_OK or not seen.member.waiting)
        and seen.member.customer_id != status.member_id
        and (seen.member.customer_id, seen.trouble) not in told.not_ready
    ]
    if new:
        lines = [*map(words.who_is_not_ready, new), _("Let them know.")]
        said.append(_notice(_("Not everybody is ready"), "\n".join(lines)))
    return replace(told, not_ready=told.not_ready | {(seen.member.customer_id, seen.trouble) for seen in new})


def _silent_driver(told: Told, status: Status, said: list[Notice]) -> Told:
    name = status.silent_driver
    if name is not None and name != told.silent_driver:
        text = _(
            "Laps are recorded without fuel: {name} is in the car and runs no teamtactics. Have it started there."
        ).format(name=name)
        said.append(_notice(_("Driver without teamtactics"), text))
    return replace(told, silent_driver=name)


def _put_back(told: Told, status: Status, said: list[Notice]) -> Told:
    """Told once behind a driver change, whatever he turns meanwhile; the page shows what is left."""
    put_back = status.put_back
    if put_back is None or (change := (status.collection, put_back.got_in_s)) == told.change:
        return told
    text = put_back_text(put_back, _)
    said.append(_notice(put_back_title(put_back, _), f"{text[:1].upper()}{text[1:]}."))
    return replace(told, change=change)


def _notice(title: str, text: str) -> Notice:
    return Notice(clip(title, TITLE_UNITS), shortened(text, MESSAGE_UNITS))
