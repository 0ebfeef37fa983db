"""Who sits in the car and how he got there: plain data, part of the tracker's memory."""

from __future__ import annotations

from dataclasses import dataclass

from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.race.eyes.continuity import HOLD_TICKS
from teamtactics.race.eyes.laps import LapUnderWay, PendingLap
from teamtactics.race.eyes.pitstop import Cause, PitVisit
from teamtactics.race.stints import StintCount


def who_sits_here(info: SessionInfo, fallback_customer_id: int | None) -> int | None:
    """
    Tell who sits at this PC.

    Source:
        DriverInfo.DriverUserID (field guide 3.1). Recordings of 2015 lack it: then the configured id, else, in a single
        session, the own entry's.
    """
    if info.driver_user_id is not None:
        return info.driver_user_id
    if fallback_customer_id is not None or info.own is None or info.is_team_session:
        return fallback_customer_id
    return info.own.user_id


@dataclass(slots=True)
class Seat:
    """
    Whether the member of this PC drives, debounced.

    Attributes:
        on_ticks: Ticks in a row with the driving flag, while not driving.

        off_ticks: Ticks in a row without it, while driving.
    """

    is_driving: bool = False
    on_ticks: int = 0
    off_ticks: int = 0

    def holds(self, frame: Frame) -> bool:
        """
        Take a tick with the driving flag; tell whether that has held so long that *frame* is the first that counts.

        FuelLevel may read 0 alone in that very tick (field guide 17.13): an empty tank must stay so for as long again.
        """
        self.on_ticks += 1
        return self.on_ticks >= (2 * HOLD_TICKS if frame.fuel_level == 0.0 else HOLD_TICKS)


@dataclass(slots=True)
class Seated:
    """Where lap, pit visit and stint stood right after the seat was taken, by what was known of them."""

    lap: LapUnderWay
    stint: StintCount
    visit: PitVisit | None


@dataclass(slots=True)
class TakeOver:
    """
    How the member of this PC got into the car: what is needed to merge a state that arrives after that.

    Attributes:
        frame: The first valid tick in the car.

        base_s: Session time of the newest thing known when the seat was taken; None when nothing was.

        seated: What was made of that.

        exit_s, exit_ends_stint: The exit from the pits in which the seat was taken: when, and whether that visit ended
            the stint by what was seen of it here. None before.

        exit_stint, exit_laps: The stint after that exit as numbered so far, and the stint laps at the exit.

        is_lap_lost: The car was put somewhere else in that lap: nothing of its beginning counts any more.

        finished: The lap in which the seat was taken, once it is completed; its official time in ``official_s``.
    """

    frame: Frame
    base_s: float | None
    seated: Seated
    exit_s: float | None = None
    exit_ends_stint: bool = False
    exit_laps: int = 0
    exit_stint: int = 0
    is_lap_lost: bool = False
    finished: PendingLap | None = None
    official_s: float | None = None

    def leave_pits(self, visit: PitVisit, at_s: float, stint_laps: int, stint: int) -> None:
        """
        Note the exit from the pits in which the seat was taken.

        Args:
            stint_laps: Completed in the stint that the exit may have ended.

            stint: The one the car is in after the exit.
        """
        if self.exit_s is not None or self.seated.visit is None:
            return
        self.exit_s, self.exit_laps, self.exit_stint = at_s, stint_laps, stint
        self.exit_ends_stint = visit.was_served
        if visit.cause is not Cause.REJOINED:
            self.exit_ends_stint |= visit.stood_in_stall or visit.cause in (Cause.TOW, Cause.RESET)

    def finish_lap(self, lap: PendingLap, official_s: float | None) -> None:
        """Note the lap in which the seat was taken as completed."""
        before = self.frame.lap_completed
        if self.finished is None and before is not None and lap.lap_completed == before + 1:
            self.finished, self.official_s = lap, official_s
