"""What a collection tells of a lap; what a lap's record alone tells, as facts, where no parts are there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from teamtactics.model.facts import (
    Filling,
    LapFacts,
    LineSeen,
    MomentKind,
    PitMoment,
    Place,
    Request,
    Sight,
    Vantage,
)
from teamtactics.model.records import LapRecord, Moment

NOBODY = 0
"""The member who told a lap, where the record does not say."""


EARLIEST_S = -10.0
"""Before a session's begin nothing is seen, but for what is stamped a second earlier (``contract.foreign``)."""

LEVELS_L = (-1.0, 2_000.0)
"""What a tank may hold: sums of what somebody wrote may lie beyond it."""


@dataclass(frozen=True, slots=True)
class Told:
    """
    What stands in the collection of one lap.

    Attributes:
        shown: The record that its document shows; None without one.

        is_drivers: The client of who drove it told it.

        parts: What the members' parts tell.

        is_left_alone: Something of it cannot be used (a schema to come, a lap that was refused at the door): nothing is
            written there.

        unusable: Members whose part makes no sense: it counts as not there, and is not written over.
    """

    shown: LapRecord | None = None
    is_drivers: bool = False
    parts: tuple[LapFacts, ...] = ()
    is_left_alone: bool = False
    unusable: frozenset[int] = frozenset()

    @property
    def is_over(self) -> bool:
        """Whether the lap is: of one that goes on nobody tells anything."""
        return self.shown is not None or bool(self.parts)

    @property
    def from_document(self) -> LapFacts | None:
        """
        What the document tells beyond the parts; None where these tell all of it.

        As soon as a lap has parts, all who told of it have one; but the client of an older version writes none.
        """
        if self.shown is None:
            return None
        facts = retold(self.shown, self.is_drivers)
        if facts.member == NOBODY:
            return None if self.parts else facts
        return None if any(part.member == facts.member for part in self.parts) else facts


def retold(record: LapRecord, is_drivers: bool) -> LapFacts:
    """
    Return facts that fold into *record* again, as far as it says enough.

    Its numbers tell one thing: a stint began at the exit in it, if this is the stint's first lap. An exit that nobody
    saw was inferred from more than is in here, and is not taken for a fact.

    Args:
        is_drivers: The client of who drove it told it. Else who did is not known: ``member`` is ``NOBODY``.
    """
    vantage = Vantage.CAR if is_drivers else Vantage.OUTSIDE
    tally = record.tally
    stop = tally.stop_moving
    member = record.customer_id if is_drivers else None
    return LapFacts(
        lap=record.lap_completed,
        member=NOBODY if member is None else member,
        sights=_sights(record, vantage),
        line=_line(record, vantage) if record.was_line_seen else None,
        official_s=record.official_s,
        is_timed=record.official_s is not None,
        moments=tuple(PitMoment(kind, at, vantage) for kind, at in _moments(record)),
        requests=() if stop is None or record.pit_sv_flags is None else (_request(record, stop),),
        fillings=_fillings(record),
        tow_s=tally.tow_s,
        repair_s=tally.repair_s,
        optional_repair_s=tally.optional_repair_s,
    )


def without_inferred(retold: LapFacts, own: LapFacts | None) -> LapFacts:
    """
    Return of *retold* what its document says itself, where it is known what its teller saw at the line: *own*.

    That a stint began at an exit was inferred from the numbers. He may have counted from the first lap that he saw, and
    told the exit, and how he came into the pits, himself.
    """
    if own is None or own.line is None or own.line.vantage is not Vantage.CAR:
        return retold
    return replace(retold, moments=tuple(each for each in retold.moments if each.kind is not MomentKind.SERVED))


def _line(record: LapRecord, vantage: Vantage) -> LineSeen:
    is_car = vantage is Vantage.CAR and record.fuel_level_l is not None
    return LineSeen(
        at=Moment(record.session_time_s, record.time_of_day_s),
        vantage=Vantage.CAR if is_car else Vantage.OUTSIDE,
        driver=record.customer_id,
        name=record.driver,
        fuel_level_l=record.fuel_level_l,
        on_pit_road=record.on_pit_road,
        track_temp_c=record.track_temp_c,
        pit_sv_flags=record.pit_sv_flags if is_car and record.tally.stop_moving is None else None,
        session_state=record.session_state,
        session_flags=record.session_flags,
        utc_s=record.utc_s,
        values=record.values,
    )


def _moments(record: LapRecord) -> list[tuple[MomentKind, Moment]]:
    tally = record.tally
    stop, out = tally.stop_moving, tally.pit_exit
    told = [
        (MomentKind.ENTER, tally.pit_enter),
        (MomentKind.STOP, stop),
        (MomentKind.START, tally.start_moving),
        (MomentKind.EXIT, out),
    ]
    found = [(kind, at) for kind, at in told if at is not None]
    is_first = record.stint_lap == 1 and (record.lap_completed > 1 or (record.stint or 1) > 1)
    if stop is not None and not (_is_after(out, stop) and record.stint_lap is not None and not is_first):
        # It stopped in its stall, unless the exit behind it began nothing.
        found.append((MomentKind.STOOD, stop))
    if is_first and out is not None:
        found.append((MomentKind.SERVED, out))
    return sorted(found, key=lambda each: (each[1].session_time_s, each[0].value))


def _is_after(one: Moment | None, other: Moment) -> bool:
    return one is not None and one.session_time_s > other.session_time_s


def _request(record: LapRecord, stop: Moment) -> Request:
    assert record.pit_sv_flags is not None, "asked for with flags only"
    return Request(stop.session_time_s, record.pit_sv_flags, is_final=True)


def _sights(record: LapRecord, vantage: Vantage) -> tuple[Sight, ...]:
    """
    Return the lap as one stretch, if it says that nothing can have happened in it that it does not tell.

    Else its begin alone: that much is in ``LapTimeMeasured``.
    """
    from_s, until_s, added_l = _begin_s(record), record.session_time_s, record.tally.fuel_added_l
    if from_s is None:
        return ()
    place = {True: Place.LANE, False: Place.TRACK, None: Place.AWAY}[record.on_pit_road]
    is_car = vantage is Vantage.CAR and record.fuel_level_l is not None and added_l is not None
    is_whole = is_car or (vantage is Vantage.OUTSIDE and record.on_pit_road is False and not _moments(record))
    if not is_whole:
        return (Sight(from_s, from_s, Vantage.OUTSIDE, record.customer_id, Place.AWAY, Place.AWAY, from_line=True),)
    if not is_car or record.fuel_level_l is None or added_l is None:
        outside = Vantage.OUTSIDE
        gap_s = record.gap_s
        return (Sight(from_s, until_s, outside, record.customer_id, Place.AWAY, place, unseen_s=gap_s, from_line=True),)
    used_l = record.fuel_used_l
    return (
        Sight(
            from_s=from_s,
            until_s=until_s,
            vantage=Vantage.CAR,
            driver=record.customer_id,
            place_first=Place.AWAY,
            place_last=place,
            stood_first=False,
            stood_last=False,
            fuel_first_l=None if used_l is None else _level_l(record.fuel_level_l + used_l - added_l),
            fuel_last_l=record.fuel_level_l,
            unseen_s=record.gap_s,
            from_line=True,
        ),
    )


def _fillings(record: LapRecord) -> tuple[Filling, ...]:
    """Return what was put in, over all the time in which it can have been: it holds every part that others saw."""
    tally, from_s = record.tally, _begin_s(record)
    if not tally.fuel_added_l or from_s is None:
        return ()
    return (Filling(from_s, record.session_time_s, 0.0, tally.fuel_added_l, tally.fuel_added_l),)


def _begin_s(record: LapRecord) -> float | None:
    """Return when the lap began; None when it does not say, or says what cannot be."""
    if not record.was_line_seen or record.measured_s is None:
        return None
    from_s = record.session_time_s - record.measured_s
    return from_s if from_s >= EARLIEST_S else None


def _level_l(level_l: float) -> float | None:
    return level_l if LEVELS_L[0] <= level_l <= LEVELS_L[1] else None
