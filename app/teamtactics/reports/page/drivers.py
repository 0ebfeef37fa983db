"""Who drove how much of the race."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from teamtactics.language import _
from teamtactics.model.parcel import Document
from teamtactics.model.words import UNKNOWN
from teamtactics.reports.summary import LapKind, known, lap_time_s, mean, number, whole, word

COLOURS = 8
"""So many drivers have a colour of their own; the next ones begin again."""

Key = int | str | None
"""Tells drivers apart: the customer number where it is known, else the name; None for nobody known."""


@dataclass(frozen=True, slots=True)
class DriverShare:
    """
    What one driver has driven.

    Attributes:
        colour: His number among the colours; None for laps of which nobody knows the driver.

        laps: Those that he completed.

        laps_share, time_share: Of all known laps, and of all known driving time, 0 to 1; None when there is none.

        driving_s: How long he drove (``driving_time``); None when it is known of no lap.

        best_s, average_s: Of his clean laps.
    """

    name: str
    colour: int | None
    laps: int
    laps_share: float | None
    driving_s: float | None
    time_share: float | None
    clean_laps: int
    best_s: float | None
    average_s: float | None


@dataclass(slots=True)
class DrivingTime:
    """
    Of each driver, s.

    Attributes:
        unknown_laps: How many laps are not in it, because nobody saw them begin.
    """

    by_driver: dict[Key, float] = field(default_factory=dict)
    unknown_laps: int = 0

    def add(self, driver: Key, seconds: float) -> None:
        """Charge *seconds* to *driver*."""
        self.by_driver[driver] = self.by_driver.get(driver, 0.0) + max(0.0, seconds)


def driver_key(document: Document) -> Key:
    """Return who drove."""
    return whole(document, "CustomerID") or word(document, "Driver")


def colours(laps: Sequence[Document]) -> dict[Key, int]:
    """Give each driver a colour, in the order in which they drove."""
    order = dict.fromkeys(key for lap in laps if (key := driver_key(lap)) is not None)
    return {key: index % COLOURS for index, key in enumerate(order)}


def driving_time(laps: Sequence[Document]) -> DrivingTime:
    """
    Work out who drove for how long, by session time from line to line, of *laps* in order.

    In a lap with a driver change, who gets out has driven until the car stood, who gets in from its start on; the time
    between is nobody's. A stop without a change counts: the driver sits in the car.
    """
    found = DrivingTime()
    for before, lap, behind in zip([{}, *laps], laps, [*laps[1:], {}], strict=False):
        former, driver = driver_key(before), driver_key(lap)
        begin_s, end_s, length_s = _begin_s(before, lap), number(lap, "SessionTime"), lap_time_s(lap)
        stood_s, moved_s = number(lap, "StopMovingTime"), number(lap, "StartMovingTime")
        if begin_s is None or end_s is None:
            if length_s is None:
                found.unknown_laps += 1
            else:
                found.add(driver, length_s)
        elif former not in (None, driver) and (stood_s, moved_s) != (None, None):
            found.add(former, 0.0 if stood_s is None else stood_s - begin_s)
            found.add(driver, 0.0 if moved_s is None else end_s - moved_s)
        elif stood_s is not None and _still_stands(lap, behind, stood_s):
            found.add(driver, stood_s - begin_s)
        else:
            found.add(driver, end_s - begin_s)
    return found


def _still_stands(lap: Document, behind: Document, stood_s: float) -> bool:
    """Say whether the car stood on the line, and somebody else drove it away: the stall may lie there."""
    moved_s = number(lap, "StartMovingTime")
    return (moved_s is None or moved_s < stood_s) and driver_key(behind) not in (None, driver_key(lap))


def _begin_s(before: Document, lap: Document) -> float | None:
    at_s, last, current = number(before, "SessionTime"), whole(before, "LapCompleted"), whole(lap, "LapCompleted")
    return at_s if last is not None and current == last + 1 else None


def shares(laps: Sequence[Document], kinds: Mapping[int, LapKind], time: DrivingTime) -> list[DriverShare]:
    """Sum up each driver of *laps*, in order; who did not complete a lap has none."""
    colour_of = colours(laps)
    whole_s = sum(time.by_driver.values())
    by_driver: dict[Key, list[Document]] = {}
    for lap in laps:
        by_driver.setdefault(driver_key(lap), []).append(lap)
    found = []
    for key, driven in by_driver.items():
        clean = known(
            number(lap, "LapLastLapTime") for lap in driven if kinds[whole(lap, "LapCompleted") or 0] is LapKind.CLEAN
        )
        driving_s = time.by_driver.get(key)
        found.append(
            DriverShare(
                name=name_of(driven),
                colour=colour_of.get(key),
                laps=len(driven),
                laps_share=len(driven) / len(laps),
                driving_s=driving_s,
                time_share=driving_s / whole_s if driving_s is not None and whole_s > 0 else None,
                clean_laps=len(clean),
                best_s=min(clean, default=None),
                average_s=mean(clean),
            )
        )
    return found


def name_of(driven: Sequence[Document]) -> str:
    """Name the driver of laps: as he was called last."""
    named = (word(lap, "Driver") for lap in reversed(driven))
    number_of = next((key for lap in driven if (key := whole(lap, "CustomerID"))), None)
    return next(
        (name for name in named if name),
        UNKNOWN if number_of is None else _("member {number}").format(number=number_of),
    )
