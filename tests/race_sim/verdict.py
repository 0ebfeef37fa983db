"""A race compared with its truth: every lap document, every message, and the state at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from race_sim import truth
from race_sim.compare import CLOCKS, TOLERANCES, agrees, outside_s
from race_sim.faults import Faults
from race_sim.findings import Verdict
from race_sim.heard import event_messages, final_state, lap_messages, number, once
from race_sim.outcome import Documents, Outcome, laps_of
from race_sim.timeline import SessionLine, timeline
from race_sim.truth import MOMENTS, SessionTruth
from race_sim.unknowable import STINT_FIELDS, Doubt, is_within_bounds, unknowable
from teamtactics.demo.script import Script
from teamtactics.model.parcel import Value

FROM_OUTSIDE_S = 0.15
"""A team-mate sees the car 0.99 to 1.007 s late; taken for one second, his times are right to so much."""

_GAP_SLACK_S = 1.5
"""A connection and a client need that long to be there, beside what the script says."""


def judge(script: Script, faults: Faults, outcome: Outcome, late_s: float = 0.0) -> Verdict:
    """
    Compare all that *outcome* holds with the truth.

    Args:
        late_s: How late things may have been seen; more than 0 only where clients did not keep step and missed ticks.
    """
    verdict = Verdict(late_s=late_s, outside_s=outside_s(script))
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
        unique = once(told.collection, received, verdict, is_disputed=is_disputed)
        lap_messages(told, outcome.laps(told.collection), received if is_disputed else unique, verdict)
        event_messages(script, faults, told, lines[told.session_num], unique, verdict)
        final_state(script, faults, told, lines[told.session_num], outcome.documents[told.collection], verdict)
        if "info" not in outcome.documents[told.collection]:
            verdict.wrong.append(f"{told.collection}: no info document")
    verdict.wrong.extend(f"messages of a session that never was: {name}" for name in by_session)
    return verdict


class LapsJudge:
    """Compares the laps of one race as often as one likes."""

    def __init__(self, script: Script, faults: Faults) -> None:
        self._doubts = unknowable(script, faults)
        self._told = truth.sessions(script)
        self._outside_s = outside_s(script)

    def wrong(self, documents: Documents) -> list[str]:
        """Return what is not as it must be, in the laps of all sessions."""
        verdict = Verdict(outside_s=self._outside_s)
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
        whole_s = None if lap - 1 not in lines else number(lines[lap]) - number(lines[lap - 1])
        _lap(f"session {told.session_num} lap {lap}", true, document, doubt, whole_s, verdict)
    verdict.wrong.extend(f"session {told.session_num} {text}" for text in _not_counted_on(got))
    verdict.differing += len(by_lap)
    verdict.wrong.extend(f"session {told.session_num} lap {lap}: nobody drove it" for lap in by_lap)


def _parts(
    script: Script, faults: Faults, told: SessionTruth, line: SessionLine, outcome: Outcome, verdict: Verdict
) -> int:
    """
    Count the parts.

    Where nothing goes wrong, and no tick is missed, only a lap has some in which the car changes hands, or is put
    somewhere: no document says so.
    """
    names = [name for name in outcome.documents[told.collection] if name.startswith("part ")]
    # What was seen before the first crossing may count for the stints, though there is no document of it.
    laps = {"0", *(str(lap["LapCompleted"]) for lap in told.laps)}
    if replace(faults, simulators_end_first=False) == Faults() and not verdict.late_s:
        changes = [*(after.span.from_s for _, after in line.changes()), *(put.until_s for put in line.puts)]
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
        elif _is_honest(name, value, document, doubt, FROM_OUTSIDE_S + verdict.outside_s):
            unknown += name not in doubt.coarse
        elif name == "LapTimeMeasured" and value is None and doubt.is_put_unseen and agrees(name, whole_s, said):
            unknown += 1
        else:
            wrong.append(f"{where}: {name} is {said!r}, true is {value!r}{_why(name, doubt)}")
    if extra := document.keys() - true.keys() - CLOCKS:
        wrong.append(f"{where}: fields beyond the contract: {', '.join(sorted(extra))}")
    if isinstance(document.get("Utc"), datetime) != (document.get("SessionTime") is not None):
        wrong.append(f"{where}: Utc is {document.get('Utc')!r}, SessionTime {document.get('SessionTime')!r}")
    verdict.unknowable += unknown
    verdict.doubtful += unknown > 0
    verdict.differing += bool(wrong)
    verdict.wrong.extend(wrong)


def _is_honest(name: str, true: Value, document: Mapping[str, Any], doubt: Doubt, within_s: float) -> bool:
    """
    Whether what *document* says of field *name*, that is not the truth, is all that anybody can know.

    Args:
        within_s: How far off a time may be that was taken from outside.
    """
    said = document.get(name)
    if name in STINT_FIELDS:
        is_possible = (document.get("Stint"), document.get("StintLap")) in doubt.numbers
        return is_possible or (said is None and bool(doubt.numbers))
    if name == "Gap":
        return doubt.gap_s > 0.0 and (said is None or 0.0 <= said <= doubt.gap_s + _GAP_SLACK_S)
    if name in doubt.coarse | doubt.fields and _seen_from_outside(name, true, said, within_s):
        return True
    return name in doubt.fields and (is_within_bounds(name, true, said) or _is_other(name, said, doubt, within_s))


def _is_other(name: str, said: Value, doubt: Doubt, within_s: float) -> bool:
    """Of a moment that happened twice the one that does not count may stand there, if that is all that was seen."""
    kind = next((kind for kind in MOMENTS if name in (f"{kind}Time", f"{kind}TimeOfDay")), None)
    if kind is None or not isinstance(said, float) or not doubt.others.get(kind):
        return False
    return name.endswith("TimeOfDay") or any(abs(said - other) <= within_s for other in doubt.others[kind])


def _seen_from_outside(name: str, true: Value, said: Value, within_s: float) -> bool:
    """A time that a team-mate took from outside is right to a few ticks."""
    is_time = name.endswith("Time") or name == "LapTimeMeasured"
    if not is_time or not isinstance(true, float) or not isinstance(said, float):
        return False
    return abs(true - said) <= max(within_s, TOLERANCES.get(name, 0.0))


def _why(name: str, doubt: Doubt) -> str:
    """Say what else than the truth might stand in the field *name*, or that it was seen where others were not."""
    if name in doubt.reasons:
        return f" (or less: {doubt.reasons[name]})"
    if name in doubt.coarse:
        return " (a team-mate saw it)"
    return " (a client saw it)" if doubt else ""
