"""One stay in the pits while it lasts: whether the car stands there, what is requested, what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from teamtactics.model.facts import MomentKind
from teamtactics.model.frame import IN_PIT_STALL, Frame
from teamtactics.model.records import Moment
from teamtactics.race.eyes.continuity import HOLD_TICKS

STANDING_M_S = 0.5
"""Below this the car stands: at rest noise reaches 0.10 m/s and a rebound after braking 0.386 (SIMULATOR#speed)."""

Fact = tuple[MomentKind, Moment]


@dataclass(slots=True)
class PitVisit:
    """
    One stay in the pits, from the entry (or from being put there) to the exit.

    Attributes:
        came: How it came there: ENTER, TOWED, RESET or PLACED.

        stood_in_stall: Whether the car stood in its stall: then the exit begins a stint.

        was_served: Litres came in, repairs ran or the crew was at work.

        told: What was told of the last two; more than once would be harmless.

        is_standing: As far as the stop and start moments are concerned.

        has_driven: Whether it was seen driving in the pits.

        has_crossed_line: The line lies behind it, in the pits too.

        slow_since: The tick since which the car is slower than STANDING_M_S; None when it is not.

        last_slow_s, last_slow_of_day_s: The last tick so slow: the start, if the car now moves off.

        stop_s: When it came to stand, for what was requested for that; None before it, and where that was unseen.

        request: ``PitSvFlags`` as requested for this visit's stop.

        is_request_final: The crew has begun: it clears boxes as it serves them (SIMULATOR#boxes), or litres come in.

        cleared_ticks: So long a box has been clear that was ticked: a single tick reads anything.

        untold_tow_s: Since when it is taken for towed there, while no tow time is shown: that comes by itself where a
            seat is taken (SIMULATOR#unset). None once the tow is told, and where it was none.
    """

    came: MomentKind
    stood_in_stall: bool = False
    was_served: bool = False
    told: tuple[MomentKind, ...] = ()
    is_standing: bool = False
    has_driven: bool = False
    has_crossed_line: bool = False
    slow_since: Moment | None = None
    last_slow_s: float = 0.0
    last_slow_of_day_s: float | None = None
    stop_s: float | None = None
    request: int | None = None
    is_request_final: bool = False
    cleared_ticks: int = 0
    untold_tow_s: float | None = None

    def untold(self, at: Moment) -> Sequence[Fact]:
        """Return what is to be told of standing and service since it was last asked."""
        facts: list[Fact] = []
        if self.stood_in_stall and MomentKind.STOOD not in self.told:
            facts.append((MomentKind.STOOD, at))
        if self.was_served and MomentKind.SERVED not in self.told:
            facts.append((MomentKind.SERVED, at))
        self.told = (*self.told, *(kind for kind, _ in facts))
        return facts

    def stand(self, in_stall: bool | None) -> Fact | None:
        """Take for certain that it stands since ``slow_since``; return the stop, if it is one."""
        assert self.slow_since is not None, "who stands is slow"
        self.is_standing = True
        # A build that can't tell the stall (2015) gets the benefit of the doubt: cars stand where they are served.
        self.stood_in_stall = self.stood_in_stall or in_stall is not False
        self.stop_s = self.stop_s or self.slow_since.session_time_s
        # A car that was put into its stall did not stop there.
        return (MomentKind.STOP, self.slow_since) if self.has_driven else None

    def note_request(self, frame: Frame, in_stall: bool) -> None:
        """
        Latch what is requested until service begins: the crew clears a box as it serves it.

        Source:
            PitSvFlags, PitstopActive; SIMULATOR#service, SIMULATOR#boxes, SIMULATOR#stop.
        """
        flags = frame.pit_sv_flags
        if flags is None or self.is_request_final:
            return
        if not in_stall:
            if not self.stood_in_stall:
                # On the way there, and in a queue before it, the driver still changes his mind.
                self.request = flags
            elif not self.is_standing:
                # The boxes re-arm as the car leaves: no longer what was requested for this stop (SIMULATOR#stop).
                self.is_request_final = True
            return
        if frame.speed is not None and frame.speed >= STANDING_M_S:
            if not self.stood_in_stall:
                # It comes into its stall, and nothing is served yet. Later it leaves, or creeps on to where the crew
                # can work.
                self.request = flags
            return
        known = self.request or 0
        if self.is_standing and known & ~flags:
            self.cleared_ticks += 1
            if self.cleared_ticks >= HOLD_TICKS:
                self.is_request_final = self.was_served = True
        else:
            self.request, self.cleared_ticks = known | flags, 0
            # Active with nothing asked for, it is only a blink, and boxes are still ticked.
            self.was_served = self.was_served or bool(self.is_standing and frame.pitstop_active and flags)


def is_in_stall(frame: Frame) -> bool | None:
    """
    Tell whether the car is in its own stall; None when this build does not say.

    Source:
        PlayerCarInPitStall (parked properly), PlayerTrackSurface 1 (in the stall, parked or not); SIMULATOR#surface,
        SIMULATOR#stall.
    """
    if frame.player_car_in_pit_stall:
        return True
    if frame.player_track_surface is not None:
        return frame.player_track_surface == IN_PIT_STALL
    return frame.player_car_in_pit_stall
