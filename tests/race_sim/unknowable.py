"""
What no client can know of a race, given what goes wrong in it; everything else must be right to the last field.

Two things make a field unknowable. The client of whoever is in the car saw nothing (it did not run, was killed, its
simulator was away); or the car changed hands while one of the two was offline, so that the one who got in could not
learn what the other knew. What a client saw shortly before it was killed is lost as well where it was not on disk yet:
edges count half a second after they happened, levels and maxima are written down with the next event or state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from race_sim import truth
from race_sim.faults import Faults, Span
from race_sim.stint_knowledge import Telling, stint_ends, tellings, who_knows
from race_sim.timeline import SessionLine, timeline
from teamtactics.demo.script import Script
from teamtactics.model.parcel import Value

MOMENT_FIELDS = frozenset(f"{name}{kind}" for name in truth.MOMENTS for kind in ("Time", "TimeOfDay"))
MAXIMA_FIELDS = frozenset(truth.MAXIMA)
AT_LINE = ("FuelLevel", "OnPitRoad", "TrackTemp", "PitSvFlags", "SessionTime", "SessionTimeOfDay", "SessionState")
CONDITIONS = ("AirTemp", "TrackWetness", "WeatherDeclaredWet", "PlayerTireCompound", "PlayerCarTeamIncidentCount")
LINE_FIELDS = frozenset((*AT_LINE, *CONDITIONS, "SessionFlags", "LapLastLapTime", "LapTimeMeasured", "FuelUsed"))
FUEL_FIELDS = frozenset(("FuelAdded", "FuelUsed"))
SHARED_FIELDS = MOMENT_FIELDS | MAXIMA_FIELDS | FUEL_FIELDS | {"LapTimeMeasured", "PitSvFlags", "Gap"}
"""What the one who gets in learns from the one who got out."""
STINT_FIELDS = frozenset(("Stint", "StintLap"))

EDGE_S = 1.0
"""So long after it happened an edge may still not be on disk (a stop counts after half a second)."""

CHECKPOINT_S = 31.0
"""The longest time between two checkpoints while driving: ``stateInterval`` and a second."""

LAP_TIME_S = 6.0
"""So long after the line a client may wait for the official time."""

FILL_S = 22.0
"""So long after the line a team-mate's client must have run to have filled the lap in."""


@dataclass(slots=True)
class Doubt:
    """
    What of one lap may be unknown.

    Attributes:
        fields: May be null, or, where it is a greatest value, too little.

        sources: What ``Source`` may be.

        may_be_missing: Nobody saw it.

        has_free_stint: Whoever numbered it could not know of a stop: the stint may be too low, and its laps too many.

        has_free_laps: Nobody could tell the first client in the car how many laps the stint had: ``StintLap`` may be
            too low.

        has_low_stint: The stint may be too low, because it is counted on from such a lap.

        is_put_unseen: The car was put back into the pits and whoever was in it saw nothing of that: to all who looked
            the lap is a whole one.

        reasons: In words, for people.
    """

    fields: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=lambda: {"driver"})
    may_be_missing: bool = False
    has_free_stint: bool = False
    has_low_stint: bool = False
    has_free_laps: bool = False
    is_put_unseen: bool = False
    reasons: list[str] = field(default_factory=list)

    def add(self, fields: Iterable[str], reason: str) -> None:
        """Add *fields*, with the reason for it."""
        self.fields.update(fields)
        if reason not in self.reasons:
            self.reasons.append(reason)


@dataclass(frozen=True, slots=True)
class Blind:
    """
    When a member's client saw nothing.

    Attributes:
        is_abrupt: It was killed: what was not on disk by then is lost.
    """

    span: Span
    is_abrupt: bool = False

    def reach(self, before_s: float) -> Span:
        """Return the span, begun *before_s* earlier where it was abrupt."""
        return Span(self.span.from_s - (before_s if self.is_abrupt else 0.0), self.span.until_s)


def blind_spans(member: int, faults: Faults, members: tuple[int, ...], end_s: float) -> list[Blind]:
    """Return when no client of *member* saw anything between the first tick and *end_s*."""
    runs = [running for running in faults.clients(members) if running.member == member and running.name is None]
    spans: list[Blind] = []
    at_s = 0.0
    for running in sorted(runs, key=lambda running: running.from_s):
        if running.from_s > at_s:
            spans.append(Blind(Span(at_s, running.from_s + 0.1)))
        at_s = end_s if running.until_s is None else running.until_s
    if at_s < end_s:
        spans.append(Blind(Span(at_s, end_s)))
    spans += [
        Blind(Span(kill.at_s, kill.at_s + kill.away_s + 0.1), is_abrupt=True)
        for kill in faults.kills
        if kill.member == member
    ]
    spans += [
        Blind(Span(restart.at_s, restart.at_s + restart.away_s + 0.1))
        for restart in faults.restarts
        if restart.member == member
    ]
    return spans


def offline_spans(member: int, faults: Faults, end_s: float) -> list[Span]:
    """
    Return when nothing of *member* reaches the clouds in time, nor anything of theirs him.

    What is told must be on the disk first: where that is late, so is what the others hear.
    """
    offline = [
        Span(outage.from_s, end_s if outage.until_s is None else outage.until_s + 1.0)
        for outage in faults.outages
        if outage.member == member
    ]
    offline += [Span(0.0, end_s) for disk in faults.slow_disks if disk.member == member]
    return offline + [
        Span(held.at_s - 1.0, held.at_s + held.for_s + 60.0) for held in faults.held_stores if held.member == member
    ]


def unknowable(script: Script, faults: Faults) -> dict[tuple[int, int], Doubt]:
    """Return the doubts, by session number and lap; a lap that is not in it must be right in every field."""
    sessions = timeline(script)
    judge = _Judge(script, faults, sessions[-1].span.until_s)
    doubts: dict[tuple[int, int], Doubt] = {}
    for session, told in zip(sessions, truth.sessions(script), strict=True):
        judge.begin(session, told)
        for lap in sorted(session.lines):
            if lap >= 1 and (doubt := judge.lap(session, lap)) is not None:
                doubts[session.num, lap] = doubt
    return doubts


class _Judge:
    def __init__(self, script: Script, faults: Faults, end_s: float) -> None:
        self.members = tuple(member.customer_id for member in script.members)
        self.blind = {member: blind_spans(member, faults, self.members, end_s) for member in self.members}
        self.offline = {member: offline_spans(member, faults, end_s) for member in self.members}
        self._ends: list[Span] = []
        self._stops: list[float] = []
        self._unseen_puts: list[Span] = []
        self._tellings: list[Telling] = []
        self._uncounted: Span | None = None

    def begin(self, session: SessionLine, told: truth.SessionTruth) -> None:
        """Look at the stints of *session*."""
        self._ends = stint_ends(told, session)
        self._stops = [at_s + session.shift_s for kind, at_s in told.events if kind in ("stopMoving", "tow")]
        starts = [at_s + session.shift_s for kind, at_s in told.events if kind == "startMoving"]
        self._unseen_puts = []
        for put in session.puts:
            until_s = min((at_s for at_s in starts if at_s > put.until_s), default=session.span.until_s)
            driver, stand = session.driver_at(put.until_s), Span(put.until_s, until_s)
            if driver is not None and self._misses(driver, stand):
                self._unseen_puts.append(stand)
            else:
                self._stops.append(put.until_s)
        self._tellings = tellings(session, self._mute)
        self._uncounted = self._laps_nobody_told(session)

    def _laps_nobody_told(self, session: SessionLine) -> Span | None:
        """When the stint's laps are counted from the first client in the car, which had not seen those before."""
        if not self._tellings:
            return None
        first = self._tellings[0]
        before = [line_s for lap, line_s in session.lines.items() if lap >= 1 and line_s < first.span.from_s]
        if not any(self._is_blind(first.member, line_s, line_s, 0.0) for line_s in before):
            return None
        ends = [visit.until_s for visit in self._ends if visit.until_s > first.span.from_s]
        return Span(first.span.from_s, min(ends, default=session.span.until_s))

    def _mute(self, member: int) -> list[Span]:
        return [blind.span for blind in self.blind[member]] + self.offline[member]

    def lap(self, session: SessionLine, lap: int) -> Doubt | None:
        begun_s, ended_s = session.lines.get(lap - 1, session.span.from_s), session.lines[lap]
        doubt = Doubt()
        self._lines(session, begun_s, ended_s, doubt)
        self._within(session, begun_s, ended_s, doubt)
        self._changes(session, begun_s, ended_s, doubt)
        self._stint(session, ended_s, doubt)
        puts = [put for put in session.puts if begun_s < put.until_s <= ended_s]
        doubt.is_put_unseen = bool(puts) and all(self._is_put_unseen(session, put) for put in puts)
        return doubt if doubt != Doubt() else None

    def _is_put_unseen(self, session: SessionLine, put: Span) -> bool:
        driver = session.driver_at(put.until_s)
        return driver is not None and self._is_blind(driver, put.from_s, put.until_s, EDGE_S)

    def _lines(self, session: SessionLine, begun_s: float, ended_s: float, doubt: Doubt) -> None:
        driver = session.driver_at(ended_s)
        assert driver is not None, "the car crosses the line with somebody in it"
        if self._is_blind(driver, ended_s, ended_s, 0.2):
            doubt.add(LINE_FIELDS | SHARED_FIELDS, "the driver's client did not see its end")
            # Killed right behind the line it may have written down that it crossed.
            is_behind = not self._is_blind(driver, ended_s, ended_s, 0.0)
            may_tell = is_behind or self._may_tell_later(driver, session, ended_s)
            doubt.sources = {"teammate", "driver"} if may_tell else {"teammate"}
            others = [member for member in self.members if member != driver]
            until_s = min(ended_s + FILL_S, session.span.until_s)
            doubt.may_be_missing = all(self._is_blind(member, ended_s - 1.0, until_s, 0.0) for member in others)
        elif self._is_blind(driver, ended_s, ended_s + LAP_TIME_S, 0.2):
            doubt.add(("LapLastLapTime",), "its time came while the driver's client saw nothing")
        starter = session.driver_at(begun_s)
        if starter is not None and self._is_blind(starter, begun_s, begun_s, 0.2):
            doubt.add(("LapTimeMeasured", "FuelUsed"), "the driver's client did not see its begin")

    def _may_tell_later(self, driver: int, session: SessionLine, at_s: float) -> bool:
        """Whether his client saw the session before and after that blind spell: then it tells what it missed."""
        return any(
            blind.span.from_s > session.span.from_s and blind.span.until_s < session.span.until_s
            for blind in self.blind[driver]
            if blind.reach(0.2).meets(at_s, at_s)
        )

    def _within(self, session: SessionLine, begun_s: float, ended_s: float, doubt: Doubt) -> None:
        for seat in session.seats:
            from_s, until_s = max(begun_s, seat.span.from_s), min(ended_s, seat.span.until_s)
            if from_s > until_s:
                continue
            if self._is_blind(seat.member, begun_s, ended_s, CHECKPOINT_S):
                doubt.add({"Gap"}, "one of its drivers did not see all of it")
            for blind in self.blind[seat.member]:
                if blind.reach(EDGE_S).meets(from_s, until_s):
                    doubt.add(MOMENT_FIELDS | {"Gap"}, "part of it was seen by nobody")
                reach = blind.reach(CHECKPOINT_S)
                if reach.meets(from_s, until_s):
                    doubt.add(MAXIMA_FIELDS | {"Gap"}, "what was seen shortly before a kill was not on disk")
                    if any(visit.meets(reach.from_s, reach.until_s) for visit in session.visits):
                        # Also where a line lies between the stop and this lap: who saw neither cannot tell.
                        doubt.add(FUEL_FIELDS | {"PitSvFlags"}, "a stop was seen by nobody")

    def _changes(self, session: SessionLine, begun_s: float, ended_s: float, doubt: Doubt) -> None:
        for before, after in session.changes():
            left_s, came_s = before.span.until_s, after.span.from_s
            if not (begun_s <= came_s <= ended_s):
                continue
            if self._is_blind(before.member, left_s, left_s, EDGE_S):
                doubt.add(SHARED_FIELDS, "who got out had no client to tell")
            elif self._is_offline(before.member, left_s) or self._is_offline(after.member, came_s):
                doubt.add(SHARED_FIELDS, "the car changed hands while one of the two was offline")
            elif self._is_blind(after.member, came_s, came_s, 0.0):
                doubt.add(SHARED_FIELDS, "the client of who got in was not there")

    def _stint(self, session: SessionLine, ended_s: float, doubt: Doubt) -> None:
        """Whoever numbers the lap must know of every stint that has ended."""
        driver = session.driver_at(ended_s)
        assert driver is not None, "the car crosses the line with somebody in it"
        tellers = {driver} if "driver" in doubt.sources else set()
        if "teammate" in doubt.sources:
            tellers |= {member for member in self.members if not self._is_blind(member, ended_s, ended_s, 0.0)}
        before = [visit for visit in self._ends if visit.until_s <= ended_s]
        unknown = [visit for visit in before if not tellers <= self._who_knows(visit, ended_s)]
        if "driver" in doubt.sources and self._uncounted is not None and self._uncounted.meets(ended_s, ended_s):
            doubt.has_free_laps = True
            doubt.reasons.append("nobody could tell how many laps the stint had")
        if unknown:
            doubt.has_low_stint = True
            doubt.has_free_stint = before[-1] in unknown
            doubt.reasons.append("who numbered it could not know of a stop, or counted on from one who did not")

    def _who_knows(self, visit: Span, at_s: float) -> set[int]:
        # Who finds it driving in the pits, and saw nothing of its standing, cannot tell that it was put there.
        is_put_unseen = any(visit.meets(stand.from_s, stand.from_s) for stand in self._unseen_puts)

        def is_away(member: int, when_s: float) -> bool:
            return is_put_unseen or self._is_blind(member, when_s, when_s + 1.0, EDGE_S)

        return who_knows(visit, at_s, self.members, self._tellings, self._stops, is_away)

    def _misses(self, member: int, span: Span) -> bool:
        reaches = (blind.reach(EDGE_S) for blind in self.blind[member])
        return any(reach.from_s <= span.from_s and span.until_s <= reach.until_s for reach in reaches)

    def _is_blind(self, member: int, from_s: float, until_s: float, before_s: float) -> bool:
        return any(blind.reach(before_s).meets(from_s, until_s) for blind in self.blind[member])

    def _is_offline(self, member: int, at_s: float) -> bool:
        return any(span.meets(at_s - 3.0, at_s + 3.0) for span in self.offline[member])


def is_within_bounds(name: str, true: Value, said: Value) -> bool:
    """Whether *said* is honest for what could not be known: nothing, or of a greatest value no more than it was."""
    if said is None:
        return True
    if name == "Gap":
        return isinstance(said, float) and said >= 0.0
    if name in MAXIMA_FIELDS:
        return isinstance(true, float) and isinstance(said, float) and 0.0 <= said <= true + 0.1
    return False
