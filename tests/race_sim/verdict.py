"""A race compared with its truth: every lap document, every message, and the state at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from race_sim import truth
from race_sim.compare import CLOCKS, TICK_S, TOLERANCES, agrees
from race_sim.faults import Faults
from race_sim.team_race import Outcome
from race_sim.timeline import SessionLine, timeline
from race_sim.truth import SessionTruth
from race_sim.unknowable import EDGE_S, STINT_FIELDS, Doubt, blind_spans, is_within_bounds, unknowable
from support.pubsub_reader import Received
from teamtactics.demo.script import Script
from teamtactics.model.parcel import Value, iso_utc

FROM_OUTSIDE_S = 0.15
"""A team-mate sees the car 0.99 to 1.007 s late; taken for one second, his times are right to so much."""

_EVENTS = ("pitEnter", "stopMoving", "startMoving", "pitExit", "tow")
_TOW_S = 60.0
"""No tow of our scripts takes longer."""
_DRIVER_S = 6.0
"""The message names the driver once the session text does."""


@dataclass(slots=True)
class Verdict:
    """
    What a race has shown.

    Attributes:
        documents: Lap documents compared.

        fields: Their fields.

        unknowable: Fields that could not be known and were not, in ``doubtful`` documents.

        wrong: One line for each thing that is not as it must be.

        late_s: How late things may have been seen, s.
    """

    documents: int = 0
    fields: int = 0
    unknowable: int = 0
    doubtful: int = 0
    filled_in: int = 0
    messages: int = 0
    differing: int = 0
    wrong: list[str] = field(default_factory=list)
    late_s: float = 0.0


def judge(script: Script, faults: Faults, outcome: Outcome, late_s: float = 0.0) -> Verdict:
    """
    Compare all that *outcome* holds with the truth.

    Args:
        late_s: How late things may have been seen; more than 0 only where clients did not keep step and missed ticks.
    """
    verdict = Verdict(late_s=late_s)
    doubts = unknowable(script, faults)
    lines = {session.num: session for session in timeline(script)}
    by_session = defaultdict(list)
    for received in outcome.messages:
        by_session[received.data["session"]].append(received)
    for told in truth.sessions(script):
        _laps(told, outcome.laps(told.collection), doubts, verdict)
        received = by_session.pop(told.collection, [])
        # Two clients that both drive may tell one fact with more and with less; which of the two comes first is chance.
        is_disputed = any(running.name is not None for running in faults.running or ())
        unique = _once(told.collection, received, verdict, is_disputed=is_disputed)
        _lap_messages(told, outcome.laps(told.collection), received if is_disputed else unique, verdict)
        _event_messages(script, faults, told, lines[told.session_num], unique, verdict)
        _state(script, faults, told, lines[told.session_num], outcome.documents[told.collection], verdict)
        if "info" not in outcome.documents[told.collection]:
            verdict.wrong.append(f"{told.collection}: no info document")
    verdict.wrong.extend(f"messages of a session that never was: {name}" for name in by_session)
    return verdict


def _laps(
    told: SessionTruth, got: list[dict[str, Any]], doubts: Mapping[tuple[int, int], Doubt], verdict: Verdict
) -> None:
    by_lap = {document["LapCompleted"]: document for document in got}
    if len(by_lap) != len(got):
        verdict.wrong.append(f"session {told.session_num}: a lap is there twice")
    lines = {lap["LapCompleted"]: lap["SessionTime"] for lap in told.laps}
    for true in told.laps:
        lap = true["LapCompleted"]
        assert isinstance(lap, int)
        doubt = doubts.get((told.session_num, lap), Doubt())
        document = by_lap.pop(lap, None)
        verdict.documents += 1
        if document is None:
            if doubt.may_be_missing:
                verdict.unknowable += len(true)
                verdict.doubtful += 1
            else:
                verdict.differing += 1
                verdict.wrong.append(f"session {told.session_num} lap {lap}: missing{_why(doubt)}")
            continue
        whole_s = None if lap - 1 not in lines else _number(lines[lap]) - _number(lines[lap - 1])
        _lap(f"session {told.session_num} lap {lap}", true, document, doubt, whole_s, verdict)
    verdict.differing += len(by_lap)
    verdict.wrong.extend(f"session {told.session_num} lap {lap}: nobody drove it" for lap in by_lap)


def _lap(
    where: str,
    true: Mapping[str, Value],
    document: Mapping[str, Any],
    doubt: Doubt,
    whole_s: float | None,
    verdict: Verdict,
) -> None:
    """
    Compare one lap.

    Args:
        whole_s: From the line before to its own, whatever lay in between.
    """
    unknown, wrong = 0, []
    verdict.filled_in += document.get("Source") == "teammate"
    for name, value in true.items():
        verdict.fields += 1
        said = document.get(name)
        if name == "Source":
            if said not in doubt.sources:
                wrong.append(f"{where}: Source is {said!r}, must be {' or '.join(sorted(doubt.sources))}")
        elif agrees(name, value, said, verdict.late_s):
            continue
        elif name in STINT_FIELDS and _may_be_miscounted(name, value, said, doubt):
            unknown += 1
        elif name in doubt.fields and (is_within_bounds(name, value, said) or _seen_from_outside(name, value, said)):
            unknown += said is None or is_within_bounds(name, value, said)
        elif name == "LapTimeMeasured" and value is None and doubt.is_put_unseen and agrees(name, whole_s, said):
            unknown += 1
        else:
            wrong.append(f"{where}: {name} is {said!r}, true is {value!r}{_why(doubt)}")
    if extra := document.keys() - true.keys() - CLOCKS:
        wrong.append(f"{where}: fields beyond the contract: {', '.join(sorted(extra))}")
    if isinstance(document.get("Utc"), datetime) != (document.get("SessionTime") is not None):
        wrong.append(f"{where}: Utc is {document.get('Utc')!r}, SessionTime {document.get('SessionTime')!r}")
    verdict.unknowable += unknown
    verdict.doubtful += unknown > 0
    verdict.differing += bool(wrong)
    verdict.wrong.extend(wrong)


def _may_be_miscounted(name: str, true: Value, said: Value, doubt: Doubt) -> bool:
    """A stop that nobody could know of makes the stint too low and its laps too many, never the other way round."""
    if said is None:
        return doubt.has_free_stint
    if not isinstance(true, int) or not isinstance(said, int):
        return False
    if name == "Stint":
        return (doubt.has_free_stint or doubt.has_low_stint) and 1 <= said < true
    return (doubt.has_free_stint and said > 0) or (doubt.has_free_laps and 1 <= said < true)


def _seen_from_outside(name: str, true: Value, said: Value) -> bool:
    """A time that a team-mate took from outside is right to a few ticks."""
    is_time = name.endswith("Time") or name == "LapTimeMeasured"
    if not is_time or not isinstance(true, float) or not isinstance(said, float):
        return False
    return abs(true - said) <= max(FROM_OUTSIDE_S, TOLERANCES.get(name, 0.0))


def _why(doubt: Doubt) -> str:
    return f" (known: {'; '.join(doubt.reasons)})" if doubt.reasons else ""


def _once(collection: str, received: list[Received], verdict: Verdict, *, is_disputed: bool) -> list[Received]:
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


def _lap_messages(told: SessionTruth, got: list[dict[str, Any]], unique: list[Received], verdict: Verdict) -> None:
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


def _event_messages(
    script: Script,
    faults: Faults,
    told: SessionTruth,
    line: SessionLine,
    unique: list[Received],
    verdict: Verdict,
) -> None:
    """Each event that a client in the car saw is announced once, at its moment; nothing else is."""
    members = tuple(member.customer_id for member in script.members)
    blind = {member: blind_spans(member, faults, members, line.span.until_s) for member in members}
    left = defaultdict(list)
    for message in unique:
        left[message.type].append(float(message.data["sessionTime"]))
    for kind, at_s in told.events:
        if kind not in (*_EVENTS, "driver"):
            continue
        race_s = at_s + line.shift_s
        member = line.driver_at(race_s)
        is_doubtful = member is None or any(
            spell.reach(EDGE_S).meets(race_s - 0.1, race_s + EDGE_S) for spell in blind[member]
        )
        if kind == "driver":
            # Nobody has told of a driver without a client; who gets in after him was the last one known.
            before = [seat for seat in line.seats if seat.span.until_s < race_s][-1:]
            is_doubtful |= any(
                spell.span.meets(race_s - 30.0, race_s) for seat in before for spell in blind[seat.member]
            )
        tolerance = _DRIVER_S if kind == "driver" else TICK_S + 0.002 + verdict.late_s
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
                or any(
                    abs(spell.span.until_s - line.shift_s - said) < 0.5 for spells in blind.values() for spell in spells
                )
            ):
                continue
            verdict.wrong.append(
                f"session {told.session_num}: a message {kind} at {said:.3f} s of which the truth knows nothing"
            )


def _number(value: Value) -> float:
    assert isinstance(value, float), f"{value!r} is no time"
    return value


def _state(
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
    if any(
        spell.reach(EDGE_S).meets(end_s - 6.0, end_s)
        for spell in blind_spans(last.member, faults, members, line.span.until_s + 1.0)
    ):
        return
    state = documents.get("state")
    where = f"session {told.session_num}"
    if state is None:
        verdict.wrong.append(f"{where}: no state document")
        return
    laps = told.laps[-1]
    expected = {"CustomerID": last.member, "LapCompleted": laps["LapCompleted"], "OnPitRoad": False}
    left_pits = any(kind == "pitExit" and at_s > _number(laps["SessionTime"]) for kind, at_s in told.events)
    if not unknowable(script, faults) and not left_pits:
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
