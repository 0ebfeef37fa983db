"""What one member's client saw of one lap, and how two tellings of it become one: plain data and their union."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from teamtactics.model.frame import Values
from teamtactics.model.records import Moment


class Vantage(StrEnum):
    """From where something was seen."""

    CAR = "car"
    OUTSIDE = "outside"
    """By a member who does not drive, through ``CarIdx…``: no fuel; its times are corrected by the second it lags."""


class Place(StrEnum):
    """Where the car was, by track surface."""

    TRACK = "track"
    LANE = "lane"
    """In the pit lane, not in the own stall."""
    STALL = "stall"
    AWAY = "away"
    """Not in the world: a driver change, a tow. Somebody looked, and there was nothing to see."""


class MomentKind(StrEnum):
    """What happens to a car in the pits."""

    ENTER = "enter"
    STOP = "stop"
    """It came to rest, having driven there."""
    STOOD = "stood"
    """It stands in its stall: the exit from this visit begins a stint."""
    START = "start"
    EXIT = "exit"
    TOWED = "towed"
    RESET = "reset"
    """It was put into the pits by its driver."""
    JUMPED = "elsewhere"  # it was put there, on the track
    CLOCK = "clock"  # it was set: between its two sides nothing is measured
    PUT = "put"
    """Seen from outside: it was put into the pits in an instant, towed or reset; in a race it is ``TOWED`` then."""
    PLACED = "placed"
    """It was in the pits when it was first seen; how it came there nobody of ours knows."""
    SERVED = "served"  # litres came in, a repair ran or the crew was at work


@dataclass(frozen=True, slots=True)
class Sight:
    """
    A stretch of the lap that was watched without a hole in which anything could have happened.

    It is broken where nobody looked, where the watcher gets into the car or out of it, and at the line: the tick of the
    crossing is the last of one lap's and the first of the next one's. Ticks in which the car is not in the world belong
    to it: somebody looked.

    Attributes:
        from_s, until_s: Session time of its first and last good tick. A stretch that goes on grows: ``from_s`` is its
            identity.

        driver: Customer id of who drove; None where nobody could tell.

        place_first, place_last: Where the car was in those two ticks.

        stood_first, stood_last: Whether it stood still in them; None from outside.

        fuel_first_l, fuel_last_l: Level in them; None from outside.

        unseen_s: Seconds in it without a tick, in holes too short for anything to have happened.

        from_line: Its first tick is the one in which the lap began: ``fuel_first_l`` is the level at the line.
    """

    from_s: float
    until_s: float
    vantage: Vantage
    driver: int | None = None
    place_first: Place = Place.TRACK
    place_last: Place = Place.TRACK
    stood_first: bool | None = None
    stood_last: bool | None = None
    fuel_first_l: float | None = None
    fuel_last_l: float | None = None
    unseen_s: float = 0.0
    from_line: bool = False


@dataclass(frozen=True, slots=True)
class Filling:
    """
    Litres came in before somebody's eyes, who sat in the car.

    A fact of its own and no sum of a sight's: of two clients that each saw a part of one filling, the levels tell what
    both saw together.

    Attributes:
        from_s, from_l: The last tick before the first rise; the time is its identity.

        until_s, until_l: The last tick with a rise so far. It goes on, over pauses of the rig, while the car stands.

        added_l: The sum of the rises.
    """

    from_s: float
    until_s: float
    from_l: float
    until_l: float
    added_l: float


@dataclass(frozen=True, slots=True)
class LineSeen:
    """
    The car crossed the line, and what was true there.

    Attributes:
        driver: Customer id of who drove; None until it is certain (the session text names him seconds late).

        pit_sv_flags: As it stands at the line.

        utc_s: Seconds since 1970 by the PC's clock; for people, decides nothing.

        values: What else is known of it, by the names of ``Frame`` (its ``AtLine`` fields).
    """

    at: Moment
    vantage: Vantage
    driver: int | None = None
    name: str | None = None
    fuel_level_l: float | None = None
    on_pit_road: bool | None = None
    track_temp_c: float | None = None
    pit_sv_flags: int | None = None
    session_state: int | None = None
    session_flags: int | None = None
    utc_s: float | None = None
    values: Values = ()


@dataclass(frozen=True, slots=True)
class PitMoment:
    """Something that happened in the pits."""

    kind: MomentKind
    at: Moment
    vantage: Vantage


@dataclass(frozen=True, slots=True)
class Request:
    """
    ``PitSvFlags`` as requested for the stop at *at_s*.

    Attributes:
        is_final: Service had begun when it was last read.
    """

    at_s: float
    flags: int
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class LapFacts:
    """
    All that one member's client saw of one lap.

    Attributes:
        lap: The value that ``LapCompleted`` takes at its end; 0 is the formation or out lap.

        member: Customer id of who sits at that PC, driving or not.

        official_s: The simulator's lap time; None when it gave none or it was not seen.

        is_timed: Whether it was seen that the time is final, also when there is none.

        tow_s, repair_s, optional_repair_s: The greatest value seen; None where nobody could see it.

        edition: A later one takes the place of all that was told before (``redo``); else what becomes known only adds.
    """

    lap: int
    member: int
    sights: tuple[Sight, ...] = ()
    line: LineSeen | None = None
    official_s: float | None = None
    is_timed: bool = False
    moments: tuple[PitMoment, ...] = ()
    requests: tuple[Request, ...] = ()
    fillings: tuple[Filling, ...] = ()
    tow_s: float | None = None
    repair_s: float | None = None
    optional_repair_s: float | None = None
    edition: int = 0

    @property
    def is_from_car(self) -> bool:
        """Whether its teller drove in this lap; the tick of the line alone, in which it begins, tells nothing of it."""
        return any(sight.vantage is Vantage.CAR and sight.until_s > sight.from_s for sight in self.sights)


def union(one: LapFacts, other: LapFacts) -> LapFacts:
    """
    Join two tellings by one member of one lap; commutative, associative, idempotent.

    Raises:
        ValueError: They are of two laps or of two members.
    """
    if one is other:
        return one
    if (one.lap, one.member) != (other.lap, other.member):
        raise ValueError(f"lap {one.lap} of {one.member} is not lap {other.lap} of {other.member}")
    if one.edition != other.edition:
        return one if one.edition > other.edition else other
    return LapFacts(
        lap=one.lap,
        member=one.member,
        sights=_longest(one.sights + other.sights),
        line=_better_line(one.line, other.line),
        official_s=_greatest(one.official_s, other.official_s),
        is_timed=one.is_timed or other.is_timed,
        moments=tuple(sorted({*one.moments, *other.moments}, key=_moment_order)),
        requests=_latest(one.requests + other.requests),
        fillings=_fullest(one.fillings + other.fillings),
        tow_s=_greatest(one.tow_s, other.tow_s),
        repair_s=_greatest(one.repair_s, other.repair_s),
        optional_repair_s=_greatest(one.optional_repair_s, other.optional_repair_s),
        edition=one.edition,
    )


def joined(facts: Iterable[LapFacts]) -> dict[tuple[int, int], LapFacts]:
    """Join any number of tellings, by lap and member."""
    found: dict[tuple[int, int], LapFacts] = {}
    for one in facts:
        key = (one.lap, one.member)
        found[key] = union(found[key], one) if key in found else one
    return found


def _better_line(one: LineSeen | None, other: LineSeen | None) -> LineSeen | None:
    known = [line for line in (one, other) if line is not None]
    return min(known, key=_line_order) if known else None


def _line_order(line: LineSeen) -> tuple[object, ...]:
    """From the car first, then who knows more; the rest only so that the order of telling cannot matter."""
    values = (line.fuel_level_l, line.on_pit_road, line.track_temp_c, line.driver, line.session_flags)
    unknown = sum(value is None for value in values)
    return (line.vantage is not Vantage.CAR, unknown, line.at.session_time_s, repr(line))


def _moment_order(moment: PitMoment) -> tuple[object, ...]:
    return (moment.at.session_time_s, moment.kind.value, moment.vantage.value, repr(moment.at.time_of_day_s))


def _longest(sights: tuple[Sight, ...]) -> tuple[Sight, ...]:
    """Of one stretch that was told while it grew, keep the last telling; who drove is known late."""
    found: dict[tuple[Vantage, float], Sight] = {}
    for sight in sights:
        key = (sight.vantage, sight.from_s)
        known = found.get(key)
        if known is not None and known != sight:
            driver = _greatest(known.driver, sight.driver)
            sight = replace(max(known, sight, key=_growth), driver=None if driver is None else int(driver))
        found[key] = sight
    return tuple(sorted(found.values(), key=lambda each: (each.from_s, each.vantage.value)))


def _growth(sight: Sight) -> tuple[float, str]:
    """Of two that are equally long any may win, but always the same."""
    return (sight.until_s, repr(replace(sight, driver=None)))


def _fullest(fillings: tuple[Filling, ...]) -> tuple[Filling, ...]:
    found: dict[float, Filling] = {}
    for filling in fillings:
        known = found.get(filling.from_s, filling)
        found[filling.from_s] = max(known, filling, key=lambda each: (each.until_s, repr(each)))
    return tuple(found[from_s] for from_s in sorted(found))


def _latest(requests: tuple[Request, ...]) -> tuple[Request, ...]:
    found: dict[float, Request] = {}
    for each in requests:
        found[each.at_s] = max(found.get(each.at_s, each), each, key=lambda one: (one.is_final, one.flags))
    return tuple(found[at_s] for at_s in sorted(found))


def _greatest(one: float | None, other: float | None) -> float | None:
    return max((value for value in (one, other) if value is not None), default=None)
