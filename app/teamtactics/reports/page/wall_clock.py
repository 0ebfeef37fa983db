"""When a moment of a session was by people's clocks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo

from teamtactics.language import _
from teamtactics.model.parcel import Document
from teamtactics.model.words import UNKNOWN
from teamtactics.reports.summary import moment, number


class WallClock:
    """
    Times of day from ``Utc``: exact at a line, and reckoned by session time from the nearest line anywhere else.

    Args:
        documents: Laps, and the state, of one session; those without both times say nothing.

        zone: In which times of day are said; None for this PC's own.
    """

    def __init__(self, documents: Iterable[Document], zone: tzinfo | None) -> None:
        self._zone = zone
        known = ((number(each, "SessionTime"), moment(each, "Utc")) for each in documents)
        self._marks = sorted((at_s, utc) for at_s, utc in known if at_s is not None and utc is not None)
        days = {day for _at_s, utc in self._marks if (day := self._local(utc)) is not None}
        self._has_days = len({day.date() for day in days}) > 1

    def at(self, session_time_s: float | None) -> datetime | None:
        """Return when it was; None when no line tells."""
        if session_time_s is None or not self._marks:
            return None
        index = bisect_left(self._marks, session_time_s, key=lambda mark: mark[0])
        mark_s, utc = self._marks[min(index, len(self._marks) - 1)]
        try:
            return utc + timedelta(seconds=session_time_s - mark_s)
        except OverflowError:
            return None

    def text(self, session_time_s: float | None) -> str:
        """Say when it was by the clock."""
        return self.of(self.at(session_time_s))

    def of(self, utc: datetime | None) -> str:
        """Say *utc* by the clock, with the day of the week in a session that goes over midnight."""
        local = None if utc is None else self._local(utc)
        if local is None:
            return UNKNOWN
        return f"{_weekday(local)} {local:%H:%M:%S}" if self._has_days else f"{local:%H:%M:%S}"

    def day(self, utc: datetime | None) -> str:
        """Say the date."""
        local = None if utc is None else self._local(utc)
        if local is None:
            return UNKNOWN
        day, month = _weekday(local), _month(local)
        return _("{weekday} {day} {month} {year}").format(weekday=day, day=local.day, month=month, year=local.year)

    def moment(self, utc: datetime) -> str:
        """Say date and time of day."""
        local = self._local(utc)
        return UNKNOWN if local is None else f"{self.day(utc)}, {local:%H:%M:%S}"

    def zone_at(self, utc: datetime) -> str:
        """Name the zone by its distance from UTC."""
        local = self._local(utc)
        minutes = 0 if local is None else int((local.utcoffset() or timedelta()).total_seconds()) // 60
        hours, rest = divmod(abs(minutes), 60)
        return "UTC" + (f"{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "") if minutes else "")

    def _local(self, utc: datetime) -> datetime | None:
        try:
            return utc.astimezone(self._zone)
        except (OverflowError, OSError, ValueError):  # a year that this PC's own zone does not have
            return None


def _weekday(local: datetime) -> str:
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))[local.weekday()]


def _month(local: datetime) -> str:
    first = (_("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"))
    second = (_("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"))
    return (*first, *second)[local.month - 1]
