"""Which frames follow one another: repeats, holes, glitches, a car that jumps, a session that starts anew."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment
from teamtactics.race.identity import BEGIN_S

SEEN_STEP_S = 0.1
"""Steps up to this are normal (two or three ticks, SIMULATOR#holes); what is longer counts as a gap."""

LOST_STEP_S = 2.0
"""A longer step is a lost connection (SIMULATOR#holes; SimHub uses the same 2 s)."""

TICK_S = 1.0 / 60.0

HOLD_TICKS = 3
"""
So long a value must hold before its change is believed: single frames read anything (SIMULATOR#glitch). The data
contract asks it of the driving flag; what counts is stamped with the first of these ticks.
"""

RESTART_FALL_S = 10.0
"""
A clock that falls by less was set: by 0.883 s in mid-session, measured (SIMULATOR#clock). It goes on being the same
session, as it does however far it falls while the laps and the ticks go on.
"""

SET_FORWARD_S = 10.0
"""By so much the clock may be set forward between two ticks that follow one another; to join again takes longer."""

SLEW = 0.02
"""The clock slews by 0.17 s within 10 s against the ticks (SIMULATOR#clock, measured): nobody has set it then."""

SLEW_S = 0.8
"""By more it was set, for all one can tell: 0.883 s was the smallest fall (SIMULATOR#clock)."""

JUMP_SLACK_M = 5.0
"""How much further than its speed allows a driven car may move in a step (SIMULATOR#entry)."""


RESET_L = 0.02
"""More than is burned, or filled, in the ticks around a reset: whoever is put somewhere gets another tank."""

BACK_M = 20.0
"""So near to where it was, a car has not jumped: LapDist read something else for a tick or two."""


class Step(Enum):
    """What a frame is to the one before."""

    NEXT = "next"
    REPEATED = "repeated"
    PAUSED = "paused"
    """A new tick of the same session time."""
    LOST = "lost"
    """So much later that the connection was lost in between."""
    RESTARTED = "restarted"
    SET_BACK = "set back"
    """The next tick, by a clock that was set back meanwhile."""


@dataclass(slots=True)
class TimeLine:
    """
    The session's clock as seen so far.

    Attributes:
        time_s: Session time of the newest frame.

        tick: Its tick.

        session_tick: Its ``SessionTick``; it tells how much time has passed where the clock was set.

        elapsed_s: How much time passed between it and the one before.

        set_s: By how much the clock was set between the two; back where it is negative.

        fallen_frames, fallen_s: Frames in a row that lie before it, and the newest one's session time.

        is_resumed: It stands where a checkpoint left it.
    """

    time_s: float
    tick: int
    session_tick: int | None = None
    elapsed_s: float = 0.0
    set_s: float = 0.0
    fallen_frames: int = 0
    fallen_s: float = 0.0
    is_resumed: bool = False

    def step(self, frame: Frame) -> Step:
        """
        Place *frame*; it becomes the newest unless it is a repeat or the session restarted.

        Source:
            SessionTime, SessionTick; SIMULATOR#holes, SIMULATOR#session, SIMULATOR#clock.
        """
        dt = frame.session_time - self.time_s
        if dt > 0.0:
            # Behind a checkpoint nobody has looked until now: the line may lie in a hole that would else be a step.
            longest_s = SEEN_STEP_S if self.is_resumed else LOST_STEP_S
            self.elapsed_s = self._elapsed_s(frame, dt)
            self.set_s = dt - self.elapsed_s
            self._take(frame)
            return Step.NEXT if self.elapsed_s <= longest_s else Step.LOST
        if frame.tick == self.tick:
            return Step.REPEATED
        if dt == 0.0:
            self.tick, self.session_tick, self.set_s = frame.tick, frame.session_tick or None, 0.0
            return Step.PAUSED
        return self._fall(frame, dt)

    def _fall(self, frame: Frame, dt: float) -> Step:
        """Take a tick that lies before the newest one: of a torn frame, of a clock that was set, of a new session."""
        if frame.session_time <= 0.0:
            return Step.REPEATED
        self.fallen_frames = self.fallen_frames + 1 if frame.session_time > self.fallen_s else 1
        self.fallen_s = frame.session_time
        if self.fallen_frames < HOLD_TICKS:
            return Step.REPEATED
        if dt < -RESTART_FALL_S and self._begins_anew(frame):
            return Step.RESTARTED
        self.elapsed_s = self._elapsed_s(frame, HOLD_TICKS * TICK_S)
        self.set_s = dt - self.elapsed_s
        longest_s = SEEN_STEP_S if self.is_resumed else LOST_STEP_S
        self._take(frame)
        return Step.SET_BACK if self.elapsed_s <= longest_s else Step.LOST

    def _begins_anew(self, frame: Frame) -> bool:
        """Tell whether a clock that fell far is that of a new session: near 0, with the laps or the ticks."""
        if frame.session_time >= BEGIN_S:
            return False
        laps, of_car = frame.lap_completed, frame.car_lap_completed
        # Whoever does not drive reads 0 in the first (SIMULATOR#views), a car out of the world -1 in the second.
        known = max(0 if laps is None else laps, 0 if of_car is None else of_car)
        return known <= 0 or (self._ticks(frame) or 0) < 0

    def _ticks(self, frame: Frame) -> int | None:
        now, before = frame.session_tick, self.session_tick
        return None if not now or before is None else now - before

    def _elapsed_s(self, frame: Frame, dt: float) -> float:
        """Return the time that has passed: by the ticks, where the clock was set meanwhile."""
        ticks = self._ticks(frame)
        if ticks is None or ticks <= 0:
            return dt
        by_ticks = ticks * TICK_S
        slewed_s = SEEN_STEP_S + min(SLEW * by_ticks, SLEW_S - SEEN_STEP_S)
        if abs(dt - by_ticks) <= slewed_s or dt - by_ticks > SET_FORWARD_S:
            return dt
        return by_ticks

    def _take(self, frame: Frame) -> None:
        # 0 alone is what a variable reads that nobody set in that tick (SIMULATOR#unset).
        self.time_s, self.tick, self.session_tick = frame.session_time, frame.tick, frame.session_tick or None
        self.fallen_frames = 0
        self.is_resumed = False


def moment(frame: Frame) -> Moment:
    """Name the time of *frame* on both clocks."""
    return Moment(frame.session_time, frame.session_time_of_day)


def is_glitch(frame: Frame) -> bool:
    """
    Tell the tick of a spawn or a reset, whose lap, position and pit road flag are rubbish while its fuel is real.

    Source:
        SIMULATOR#glitch, SIMULATOR#reset, SIMULATOR#spawn: in the car a speed of exactly 0.0 occurs on such ticks only.
    """
    return frame.lap == 0 and frame.speed == 0.0 and frame.lap_dist_pct == 0.0


def is_fuller(level_l: float | None, than_l: float | None) -> bool:
    """Tell whether a tank holds clearly more than before; False where either is not known."""
    return level_l is not None and than_l is not None and level_l - than_l > RESET_L


@dataclass(slots=True)
class Position:
    """
    Where on the lap the car was last seen, to notice that it was put somewhere else.

    Attributes:
        dist_m, pct: LapDist and LapDistPct; None when not known (not in world, just got in).

        speed_m_s: Speed in that tick.

        length_m: Length of a lap, from the two; 0 while not known.

        jump_ticks, left_m, left_l: So long it has been somewhere else, without having driven there; where it was before
            and with which tank. 0 when that is known, or did not happen: a single tick reads anything
            (SIMULATOR#unset).

        is_proved: It was certainly put there.

        is_reset: A tick of rubbish was just shown, as it is when the car is put somewhere (SIMULATOR#reset).
    """

    dist_m: float | None = None
    pct: float | None = None
    speed_m_s: float = 0.0
    length_m: float = 0.0
    jump_ticks: int = 0
    left_m: float = 0.0
    left_l: float | None = None
    is_reset: bool = False
    is_proved: bool = False

    def lose_sight(self) -> None:
        """Expect the car anywhere."""
        self.dist_m = None
        self.pct = None
        self.jump_ticks, self.is_reset = 0, False

    def leave_world(self, level_l: float | None) -> None:
        """The car is nowhere; it may come back anywhere, with another tank than *level_l*."""
        if self.dist_m is not None:
            left_m = self.dist_m
            self.lose_sight()
            self.jump_ticks, self.left_m, self.left_l, self.is_proved = 1, left_m, level_l, False

    def jump(self, before_m: float | None, level_l: float | None, shown_l: float | None, was_reset: bool) -> None:
        """
        Take note that the tick just taken shows the car where it has not driven to.

        Args:
            before_m, level_l: LapDist and the tank in the tick before.

            shown_l: The tank in this one. On the track it never rises.

            was_reset: A tick of rubbish came in between.
        """
        if self.jump_ticks and self.dist_m is not None and abs(self.dist_m - self.left_m) <= BACK_M:
            self.jump_ticks = 0
            return
        self.jump_ticks, self.left_m, self.left_l = 1, 0.0 if before_m is None else before_m, level_l
        self.is_proved = was_reset or is_fuller(shown_l, level_l)

    def has_jumped(self, level_l: float | None) -> bool:
        """Take one more tick behind a jump; tell whether it holds and is a put: LapDist alone proves nothing."""
        self.jump_ticks += 1
        if self.jump_ticks <= 2 * HOLD_TICKS:
            # The tank's change counts only once it holds.
            return False
        self.jump_ticks = 0
        return self.is_proved or is_fuller(level_l, self.left_l)

    def advance(self, frame: Frame, dt_s: float) -> tuple[bool, bool]:
        """
        Take the next tick; return whether the car was put somewhere else, and whether it passed the line.

        The line is passed where LapDistPct wraps (SIMULATOR#line); in new builds the lap counter follows later.
        """
        dist, pct = frame.lap_dist, frame.lap_dist_pct
        if pct == 0.0 and dist and self.length_m:
            pct = dist / self.length_m
        if dist == 0.0 and pct and self.length_m:
            dist = pct * self.length_m
        if dist == 0.0 or pct == 0.0:
            # Nobody set it in this tick (SIMULATOR#unset): a car on a lap is never exactly there.
            return False, False
        last_dist, last_pct = self.dist_m, self.pct
        speed = frame.speed or 0.0
        self.dist_m, self.pct = dist, pct
        fastest = speed if speed > self.speed_m_s else self.speed_m_s
        self.speed_m_s = speed
        if dist is None or pct is None or last_dist is None or last_pct is None:
            return False, False
        if self.length_m == 0.0 and pct > 0.5:
            self.length_m = dist / pct
        moved = dist - last_dist
        limit = fastest * dt_s + JUMP_SLACK_M
        if -limit <= moved <= limit:
            return False, False
        if last_pct > 0.9 and pct < 0.1:
            length = self.length_m or last_dist / last_pct
            # LapDistPct jumps by some percent where the line stands at an angle (SIMULATOR#line).
            return abs(moved + length) > limit + 0.05 * length, True
        return True, False
