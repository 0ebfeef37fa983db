"""Pit road: entry, stop, start and exit, told apart from a car that was put into its stall or left the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from teamtactics.model.facts import MomentKind
from teamtactics.model.frame import APPROACHING_PITS, IN_PIT_STALL, NOT_IN_WORLD, OFF_TRACK, ON_TRACK, Frame
from teamtactics.model.records import Moment
from teamtactics.race.eyes.continuity import HOLD_TICKS, SEEN_STEP_S, moment
from teamtactics.race.eyes.pits.visit import STANDING_M_S, Fact, PitVisit, is_in_stall

MOVING_M_S = 1.0
"""Above this it moves again (PlayerCarInPitStall drops at 0.79, SIMULATOR#stall)."""

STANDING_S = 0.5
"""So long it must stand; the stamp is the first of these ticks."""

APPROACH_S = 1.0
"""
Only a car that has been moving so long before our eyes can drive onto pit road; one put there was not
(SIMULATOR#entry). Where nobody looked before, that it moves when it is found is enough.
"""

BESIDE_S = 3.0
"""
A car that leaves the pits over the grass is on the track sooner; one that is off the track for longer has left them.
"""

NOTHING: Sequence[Fact] = ()


@dataclass(slots=True)
class PitRoad:
    """
    Where the car is with respect to the pits.

    Attributes:
        is_on: OnPitRoad, debounced.

        moving_since_s: Session time since which the car drives faster than MOVING_M_S; None when it does not.

        slow_ticks: So long it has not, while that may be the zero of a single tick.

        flip_ticks, flip_at, flip_is_driven: A change of OnPitRoad that does not hold long enough yet.

        left_at: When OnPitRoad fell last, while the car is in the pit lane by track surface: it has holes there
            (SIMULATOR#lane-holes), and the visit goes on until the car is on the track.

        out_ticks, out_since_s: So long it has been there.

        kept: The visit in which the car was last seen, where it is found by surface 2 and OnPitRoad False: on the exit
            road, or in a hole (SIMULATOR#lane-holes), as what comes next will tell.

        flip_stands: In all of these ticks the car stood, and no hole before them left it the time to stop.
    """

    is_on: bool = False
    moving_since_s: float | None = None
    slow_ticks: int = 0
    flip_ticks: int = 0
    flip_at: Moment | None = None
    flip_is_driven: bool = False
    flip_stands: bool = False
    left_at: Moment | None = None
    out_ticks: int = 0
    out_since_s: float = 0.0
    visit: PitVisit | None = field(default=None)
    kept: PitVisit | None = field(default=None)

    @property
    def may_be_entry(self) -> bool:
        """A driven entry that does not hold long enough yet."""
        return self.flip_ticks > 0 and self.flip_is_driven

    def lose_sight(self) -> None:
        """The car is not in the world, or nobody of ours drives: no entry, no exit, no stop can follow from that."""
        self.flip_ticks = self.slow_ticks = 0
        self.moving_since_s = None
        self.left_at = self.kept = None

    def find_on_track(self, frame: Frame, left: PitVisit | None = None) -> None:
        """
        Take the first sight of a car outside the pits, after a time in which nobody looked.

        Whoever puts a car somewhere (reset, tow, garage, a new driver) leaves it standing. One that moves has been
        driven to where it is, for all that anybody saw: it can enter pit road in the next tick.

        Args:
            left: The visit to the pits in which it was last seen.
        """
        self.kept = left if frame.player_track_surface == APPROACHING_PITS else None
        speed = frame.speed
        is_driven = frame.player_track_surface != NOT_IN_WORLD and speed is not None and speed > MOVING_M_S
        self.moving_since_s = frame.session_time - APPROACH_S if is_driven else None

    def place(self, came: MomentKind, frame: Frame) -> PitVisit:
        """Begin a visit without an entry: the car is there, it did not drive there before our eyes."""
        self.is_on = bool(frame.on_pit_road)
        self.flip_ticks = 0
        self.left_at = None
        in_stall = bool(is_in_stall(frame))
        standing = frame.speed is not None and frame.speed < STANDING_M_S and (in_stall or self.is_on)
        self.visit = PitVisit(came, stood_in_stall=in_stall and standing, is_standing=standing)
        self.visit.last_slow_s, self.visit.last_slow_of_day_s = frame.session_time, frame.session_time_of_day
        if standing and came is not MomentKind.PLACED:
            self.visit.stop_s = frame.session_time
        return self.visit

    def advance(self, frame: Frame, dt_s: float) -> Sequence[Fact]:
        """
        Take one tick of a car that is driven and in the world; return what happened, oldest first.

        Args:
            dt_s: Time since the tick before, s.

        A change to OnPitRoad that was not driven ends in no fact and in no visit: ask ``visit`` before and after, and
        call ``place`` when the car is on pit road without one.

        Source:
            OnPitRoad, Speed, PlayerCarInPitStall, PlayerTrackSurface, PitSvFlags; SIMULATOR#pits and SIMULATOR#speed.
        """
        speed = frame.speed
        on = frame.on_pit_road
        if self.kept is not None and not _is_by_surface(frame):
            self.kept = None
        facts: Sequence[Fact] = NOTHING
        if on is not None and on != self.is_on:
            facts = self._flip(frame, on, dt_s)
        elif self.flip_ticks:
            self.flip_ticks = 0
        elif self.visit is not None and not self.is_on and self.left_at is None and _is_by_surface(frame):
            # In the pits as it was found, in a hole of OnPitRoad.
            self.left_at = moment(frame)
        if self.left_at is not None:
            facts = (*facts, *self._leave(self.left_at, frame))
        visit = self.visit
        if visit is not None and speed is not None and (self.is_on or visit.is_standing or is_in_stall(frame)):
            fact = self._pace(visit, frame, speed)
            if fact is not None:
                facts = (*facts, fact)
        if speed is not None and speed > MOVING_M_S:
            self.slow_ticks = 0
            if self.moving_since_s is None:
                self.moving_since_s = frame.session_time
        elif self.moving_since_s is not None:
            self._slow_down()
        return facts

    def _slow_down(self) -> None:
        self.slow_ticks += 1
        if self.slow_ticks >= HOLD_TICKS:
            self.moving_since_s, self.slow_ticks = None, 0

    def _flip(self, frame: Frame, on: bool, dt_s: float) -> Sequence[Fact]:
        if self.flip_ticks == 0:
            since = self.moving_since_s
            # Without a Speed variable nothing can be said against an entry.
            driven = frame.speed is None or (since is not None and frame.session_time - since >= APPROACH_S)
            self.flip_at, self.flip_is_driven, self.flip_stands = moment(frame), driven, dt_s <= SEEN_STEP_S
        self.flip_ticks += 1
        self.flip_stands = self.flip_stands and frame.speed is not None and frame.speed < STANDING_M_S
        surface = frame.player_track_surface
        if on and surface == ON_TRACK:
            # OnPitRoad alone is no entry; if it was none until now, that begins where the car leaves the track.
            self.flip_at = moment(frame)
            return NOTHING
        if self.flip_ticks < HOLD_TICKS or self.flip_at is None or (on and surface == OFF_TRACK):
            return NOTHING
        self.flip_ticks = 0
        self.is_on = on
        if not on:
            self.left_at = self.flip_at
            return NOTHING
        self.left_at = None
        if self.kept is not None and self.visit is None:
            self.visit, self.kept = self.kept, None
            self.visit.is_standing, self.visit.has_driven = False, True
            return NOTHING
        if self.visit is not None or not self.flip_is_driven or self.flip_stands:
            return NOTHING
        self.visit = PitVisit(MomentKind.ENTER, has_driven=True, request=frame.pit_sv_flags)
        return ((MomentKind.ENTER, self.flip_at),)

    def _leave(self, left_at: Moment, frame: Frame) -> Sequence[Fact]:
        """OnPitRoad fell at *left_at*: it has left the pits as soon as it is on the track."""
        surface = frame.player_track_surface
        if _is_by_surface(frame):
            if surface == IN_PIT_STALL:
                # It fell in the stall already: it was a hole there, and pit road ends behind the stall.
                self.left_at = moment(frame)
            self.out_ticks = 0
            return NOTHING
        if self.out_ticks == 0:
            self.out_since_s = frame.session_time
        self.out_ticks += 1
        if surface is not None and self.out_ticks < HOLD_TICKS:
            return NOTHING
        if surface == OFF_TRACK and frame.session_time - self.out_since_s < BESIDE_S:
            return NOTHING
        self.left_at, self.out_ticks = None, 0
        return ((MomentKind.EXIT, left_at),) if self.visit is not None else NOTHING

    def _pace(self, visit: PitVisit, frame: Frame, speed: float) -> Fact | None:
        in_stall = is_in_stall(frame)
        if not visit.is_standing or speed < STANDING_M_S:
            # The boxes re-arm as it moves off (SIMULATOR#boxes), also where nobody saw the crew begin.
            visit.note_request(frame, bool(in_stall))
        if speed < STANDING_M_S:
            visit.last_slow_s, visit.last_slow_of_day_s = frame.session_time, frame.session_time_of_day
            if visit.is_standing:
                visit.stood_in_stall = visit.stood_in_stall or in_stall is not False
                return None
            if visit.slow_since is None:
                visit.slow_since = moment(frame)
            if frame.session_time - visit.slow_since.session_time_s < STANDING_S:
                return None
            return visit.stand(in_stall)
        if not visit.is_standing:
            visit.slow_since = None
            return None
        if speed <= MOVING_M_S:
            return None
        visit.is_standing, visit.slow_since, visit.has_driven = False, None, True
        return MomentKind.START, Moment(visit.last_slow_s, visit.last_slow_of_day_s)


def _is_by_surface(frame: Frame) -> bool:
    return frame.player_track_surface in (IN_PIT_STALL, APPROACHING_PITS)
