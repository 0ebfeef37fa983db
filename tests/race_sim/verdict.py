"""A race compared with its truth: every lap document, every message, and the state at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from race_sim import truth
from race_sim.blindness import EDGE_S, Blindness
from race_sim.compare import TICK_S, TOLERANCES, agrees
from race_sim.faults import Faults, Span
from race_sim.outcome import Documents, Outcome, laps_of
from race_sim.spans import meets
from race_sim.timeline import SessionLine, timeline
from race_sim.truth import MOMENTS, SessionTruth
from race_sim.unknowable import STINT_FIELDS, Doubt, is_within_bounds, unknowable
from support.pubsub_reader import Received
from teamtactics.demo.script import Script
from teamtactics.model.parcel import Value

FROM_OUTSIDE_S = 0.15
"""A team-mate sees the car 0.99 to 1.007 s late; taken for one second, his times are right to so much."""

_GAP_SLACK_S = 1.5
"""A connection and a client need that long to be there, beside what the script says."""

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

        excused: Fields that need not be known, by what went wrong, whether they were or not.

        wrong: One line for each thing that is not as it must be.

        parts: Documents that tell a member's part of a lap.

        late_s: How late things may have been seen, s.
    """

    documents: int = 0
    fields: int = 0
    unknowable: int = 0
    doubtful: int = 0
    excused: int = 0
    filled_in: int = 0
    parts: int = 0
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
        verdict.parts += _parts(script, faults, told, lines[told.session_num], outcome, verdict)
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


class LapsJudge:
    """Compares the laps of one race as often as one likes."""

    def __init__(self, script: Script, faults: Faults) -> None:
        self._doubts = unknowable(script, faults)
        self._told = truth.sessions(script)

    def wrong(self, documents: Documents) -> list[str]:
        """Return what is not as it must be, in the laps of all sessions."""
        verdict = Verdict()
        for told in self._told:
            _laps(told, laps_of(documents[told.collection]), self._doubts, verdict)
        return verdict.wrong


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
                verdict.wrong.append(f"session {told.session_num} lap {lap}: missing")
            continue
        whole_s = None if lap - 1 not in lines else _number(lines[lap]) - _number(lines[lap - 1])
        _lap(f"session {told.session_num} lap {lap}", true, document, doubt, whole_s, verdict)
    verdict.wrong.extend(f"session {told.session_num} {text}" for text in _not_counted_on(got))
    verdict.differing += len(by_lap)
    verdict.wrong.extend(f"session {told.session_num} lap {lap}: nobody drove it" for lap in by_lap)


def _parts(
    script: Script, faults: Faults, told: SessionTruth, line: SessionLine, outcome: Outcome, verdict: Verdict
) -> int:
    """Count the parts; where nothing goes wrong only a lap in which the car changes hands has some."""
    names = [name for name in outcome.documents[told.collection] if name.startswith("part ")]
    laps = {str(lap["LapCompleted"]) for lap in told.laps}
    if replace(faults, simulators_end_first=False) == Faults():
        changes = [after.span.from_s for _, after in line.changes()]
        laps = {str(1 + sum(lap >= 1 and line_s <= at_s for lap, line_s in line.lines.items())) for at_s in changes}
    possible = {f"part {lap} {member.customer_id}" for lap in laps for member in script.members}
    verdict.wrong.extend(f"session {told.session_num}: a document {name!r}" for name in names if name not in possible)
    return len(names)


def _not_counted_on(got: list[dict[str, Any]]) -> list[str]:
    """Whatever stop nobody saw, one lap follows from the other: the next of the stint, or the first of a later one."""
    found = []
    for one, other in pairwise(got):
        (stint, stint_lap), (next_stint, next_lap) = ((lap.get("Stint"), lap.get("StintLap")) for lap in (one, other))
        if None in (stint, stint_lap, next_stint, next_lap) or other["LapCompleted"] != one["LapCompleted"] + 1:
            continue
        is_next = (next_stint, next_lap) == (stint, stint_lap + 1)
        if not is_next and not (next_stint > stint and next_lap == 1):
            found.append(
                f"lap {other['LapCompleted']}: stint {next_stint} lap {next_lap} after stint {stint} lap {stint_lap}"
            )
    return found


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
    verdict.excused += len(doubt.fields) + (len(STINT_FIELDS) if doubt.numbers else 0)
    for name, value in true.items():
        verdict.fields += 1
        said = document.get(name)
        if name == "Source":
            if said not in doubt.sources:
                wrong.append(f"{where}: Source is {said!r}, must be {' or '.join(sorted(doubt.sources))}")
        elif agrees(name, value, said, verdict.late_s):
            continue
        elif _is_honest(name, value, document, doubt):
            unknown += name not in doubt.coarse
        elif name == "LapTimeMeasured" and name in doubt.fields and value is None and agrees(name, whole_s, said):
            unknown += 1  # nobody saw the car being put back into the pits: to all who looked it is a whole lap
        else:
            wrong.append(f"{where}: {name} is {said!r}, true is {value!r}{_why(name, doubt)}")
    if extra := document.keys() - true.keys():
        wrong.append(f"{where}: fields beyond the contract: {', '.join(sorted(extra))}")
    verdict.unknowable += unknown
    verdict.doubtful += unknown > 0
    verdict.differing += bool(wrong)
    verdict.wrong.extend(wrong)


def _is_honest(name: str, true: Value, document: Mapping[str, Any], doubt: Doubt) -> bool:
    """Whether what *document* says of field *name*, that is not the truth, is all that anybody can know."""
    said = document.get(name)
    if name in STINT_FIELDS:
        is_possible = (document.get("Stint"), document.get("StintLap")) in doubt.numbers
        return is_possible or (said is None and bool(doubt.numbers))
    if name == "Gap":
        return doubt.gap_s > 0.0 and (said is None or 0.0 <= said <= doubt.gap_s + _GAP_SLACK_S)
    if name in doubt.coarse | doubt.fields and _seen_from_outside(name, true, said):
        return True
    return name in doubt.fields and (is_within_bounds(name, true, said) or _is_other(name, said, doubt))


def _is_other(name: str, said: Value, doubt: Doubt) -> bool:
    """Of a moment that happened twice the one that does not count may stand there, if that is all that was seen."""
    kind = next((kind for kind in MOMENTS if name in (f"{kind}Time", f"{kind}TimeOfDay")), None)
    if kind is None or not isinstance(said, float) or not doubt.others.get(kind):
        return False
    return name.endswith("TimeOfDay") or any(abs(said - other) <= FROM_OUTSIDE_S for other in doubt.others[kind])


def _seen_from_outside(name: str, true: Value, said: Value) -> bool:
    """A time that a team-mate took from outside is right to a few ticks."""
    is_time = name.endswith("Time") or name == "LapTimeMeasured"
    if not is_time or not isinstance(true, float) or not isinstance(said, float):
        return False
    return abs(true - said) <= max(FROM_OUTSIDE_S, TOLERANCES.get(name, 0.0))


def _why(name: str, doubt: Doubt) -> str:
    """Say what else than the truth might stand in the field *name*, or that it was seen where others were not."""
    if name in doubt.reasons:
        return f" (or less: {doubt.reasons[name]})"
    if name in doubt.coarse:
        return " (a team-mate saw it)"
    return " (a client saw it)" if doubt else ""


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
        if document not in found:
            what = "no message" if not found else f"{len(found)} messages, but none like its document"
            verdict.wrong.append(f"session {told.session_num} lap {document['LapCompleted']}: {what}")
    verdict.wrong.extend(f"session {told.session_num} lap {lap}: a message, but no document" for lap in payloads)


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
        is_doubtful = member is None or meets(blind[member], race_s - 0.1, race_s + EDGE_S)
        if kind == "driver":
            # Nobody has told of a driver without a client; who gets in after him was the last one known.
            before = [seat for seat in line.seats if seat.span.until_s < race_s][-1:]
            is_doubtful |= any(meets(blind[seat.member], race_s - 30.0, race_s) for seat in before)
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
                or any(abs(spell.until_s - line.shift_s - said) < 0.5 for spells in blind.values() for spell in spells)
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
    left_pits = any(kind == "pitExit" and at_s > _number(laps["SessionTime"]) for kind, at_s in told.events)
    if not unknowable(script, faults) and not left_pits and not _changed_unheard(line, faults):
        expected |= {"LapLastLapTime": laps["LapLastLapTime"], "StintLap": laps["StintLap"], "Stint": laps["Stint"]}
    for name, value in expected.items():
        if not agrees(name, value, state.get(name)):
            verdict.wrong.append(f"{where}: state says {name} {state.get(name)!r} at the end, true is {value!r}")
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
