"""What the team has told while it drove, compared with its truth: every message, and the state at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from race_sim.blindness import EDGE_S, Blindness
from race_sim.compare import TICK_S, agrees
from race_sim.faults import Faults, Span
from race_sim.findings import Verdict
from race_sim.spans import meets
from race_sim.timeline import SessionLine
from race_sim.truth import SessionTruth
from race_sim.unknowable import unknowable
from support.pubsub_reader import Received
from teamtactics.demo.script import Script
from teamtactics.model.parcel import Value, iso_utc

_EVENTS = ("pitEnter", "stopMoving", "startMoving", "pitExit", "tow")
_TOW_S = 60.0
"""No tow of our scripts takes longer."""
_COUNTS_AFTER_S = {"pitExit": 2.5}
"""An exit is one only where the car is on the track, some 40 m behind it (DATA.md#stints); what else counts sooner."""
_TOLERANCES_S = {"driver": 6.0, "tow": 3 * TICK_S}
"""The message names the driver once the session text does; who gets in while the car is towed sees rubbish first."""


def once(collection: str, received: list[Received], verdict: Verdict, *, is_disputed: bool) -> list[Received]:
    """Drop repeats by id, as a subscriber does; what has one id must be one fact, told in the same words."""
    unique: dict[str, Received] = {}
    for message in received:
        verdict.messages += 1
        first = unique.setdefault(message.id, message)
        # Who announces a session is one of many; the fact is the info document.
        is_same = first.data["payload"] == message.data["payload"]
        is_told_twice = message.type == "session" or is_disputed
        if not (is_same or is_disputed) or (not is_told_twice and first.data != message.data):
            verdict.wrong.append(f"{collection}: id {message.id} names two different messages of type {message.type}")
        attributes = message.attributes
        if message.ordering_key != collection or attributes["session"] != collection or attributes["schema"] != "1":
            verdict.wrong.append(f"{collection}: a {message.type} with key {message.ordering_key!r} and {attributes}")
        if message.type != message.data["type"]:
            verdict.wrong.append(f"{collection}: attribute {message.type} is not {message.data['type']}")
    return list(unique.values())


def lap_messages(told: SessionTruth, got: list[dict[str, Any]], unique: list[Received], verdict: Verdict) -> None:
    """Every lap is announced, and what was announced last is what stands in its document."""
    payloads = defaultdict(list)
    for message in unique:
        if message.type == "lap":
            payloads[message.data["payload"]["LapCompleted"]].append(message.data["payload"])
    for document in got:
        found = payloads.pop(document["LapCompleted"], [])
        if as_message(document) not in found:
            what = "no message" if not found else f"{len(found)} messages, but none like its document"
            verdict.wrong.append(f"session {told.session_num} lap {document['LapCompleted']}: {what}")
    verdict.wrong.extend(f"session {told.session_num} lap {lap}: a message, but no document" for lap in payloads)


def as_message(document: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no moments: there they are text."""
    return {name: iso_utc(value) if isinstance(value, datetime) else value for name, value in document.items()}


def event_messages(
    script: Script,
    faults: Faults,
    told: SessionTruth,
    line: SessionLine,
    unique: list[Received],
    verdict: Verdict,
) -> None:
    """Each event that a client in the car saw is announced once, at its moment; nothing else is."""
    members = tuple(member.customer_id for member in script.members)
    blindness = Blindness(faults, members, line.span.until_s)
    blind = {member: blindness.unseen(member, EDGE_S) for member in members}
    left = defaultdict(list)
    for message in unique:
        left[message.type].append(float(message.data["sessionTime"]))
    for kind, at_s in told.events:
        if kind not in (*_EVENTS, "driver"):
            continue
        race_s = at_s + line.shift_s
        member = line.driver_at(race_s)
        is_doubtful = member is None or meets(blind[member], race_s - 0.1, race_s + _COUNTS_AFTER_S.get(kind, EDGE_S))
        if kind == "driver":
            # Nobody has told of a driver without a client; who gets in after him was the last one known.
            before = [seat for seat in line.seats if seat.span.until_s < race_s][-1:]
            is_doubtful |= any(meets(blind[seat.member], race_s - 30.0, race_s) for seat in before)
        tolerance = _TOLERANCES_S.get(kind, TICK_S + 0.002) + verdict.late_s
        near = [said for said in left[kind] if abs(said - at_s) <= tolerance]
        if near:
            left[kind].remove(min(near, key=lambda said: abs(said - at_s)))
        elif not is_doubtful:
            verdict.wrong.append(f"session {told.session_num}: no message {kind} at {at_s:.3f} s")
    tows = [at_s for kind, at_s in told.events if kind == "tow"]
    seated = [seat.span.from_s - line.shift_s for seat in line.seats]
    for kind in _EVENTS:
        for said in left[kind]:
            # Who gets in while the car is being towed, or whose client begins then, finds it so and cannot know that
            # it was told already by somebody who is offline now.
            is_found = kind == "tow" and any(0.0 < said - at_s <= _TOW_S for at_s in tows)
            if is_found and (
                any(0.0 <= said - from_s < 0.2 for from_s in seated)
                or any(abs(spell.until_s - line.shift_s - said) < 0.5 for spells in blind.values() for spell in spells)
            ):
                continue
            verdict.wrong.append(
                f"session {told.session_num}: a message {kind} at {said:.3f} s of which the truth knows nothing"
            )


def number(value: Value) -> float:
    """Return *value*, which the truth always has."""
    assert isinstance(value, float), f"{value!r} is no time"
    return value


def final_state(
    script: Script,
    faults: Faults,
    told: SessionTruth,
    line: SessionLine,
    documents: Mapping[str, Mapping[str, Any]],
    verdict: Verdict,
) -> None:
    """The state at the end is the last driver's last word, where his client was there to say it."""
    last = line.seats[-1]
    members = tuple(member.customer_id for member in script.members)
    end_s = last.span.until_s
    blindness = Blindness(faults, members, line.span.until_s + 1.0)
    if meets(blindness.unseen(last.member, EDGE_S), end_s - 6.0, end_s):
        return
    state = documents.get("state")
    where = f"session {told.session_num}"
    if state is None:
        verdict.wrong.append(f"{where}: no state document")
        return
    laps = told.laps[-1]
    expected = {"CustomerID": last.member, "LapCompleted": laps["LapCompleted"], "OnPitRoad": False}
    left_pits = any(kind == "pitExit" and at_s > number(laps["SessionTime"]) for kind, at_s in told.events)
    if not unknowable(script, faults) and not left_pits and not _changed_unheard(line, faults):
        expected |= {"LapLastLapTime": laps["LapLastLapTime"], "StintLap": laps["StintLap"], "Stint": laps["Stint"]}
    for name, value in expected.items():
        if not agrees(name, value, state.get(name)):
            verdict.wrong.append(f"{where}: state says {name} {state.get(name)!r} at the end, true is {value!r}")
    if state.get("InCar") != told.in_car:
        verdict.wrong.append(f"{where}: state says InCar {state.get('InCar')!r} at the end, true is {told.in_car!r}")
    if abs(state["SessionTime"] - (end_s - line.shift_s)) > 0.2:
        at_s = state["SessionTime"]
        verdict.wrong.append(
            f"{where}: the last state is of {at_s:.2f} s, the driver left at {end_s - line.shift_s:.2f} s"
        )


def _changed_unheard(line: SessionLine, faults: Faults) -> bool:
    """
    Whether the car changed hands while one of the two was offline, or slow to write down what he would tell.

    The laps are put right when both are online again; the state is what the one in the car knew while he drove.
    """
    mute = [(disk.member, Span(0.0, line.span.until_s)) for disk in faults.slow_disks]
    mute += [(held.member, Span(held.at_s - 1.0, held.at_s + held.for_s + 60.0)) for held in faults.held_stores]
    for outage in faults.outages:
        until_s = line.span.until_s if outage.until_s is None else outage.until_s + 1.0
        mute.append((outage.member, Span(outage.from_s, until_s)))
    changes = [(before.member, before.span.until_s) for before, _ in line.changes()]
    changes += [(after.member, after.span.from_s) for _, after in line.changes()]
    return any(who == member and span.meets(at_s - 3.0, at_s + 3.0) for who, at_s in changes for member, span in mute)
