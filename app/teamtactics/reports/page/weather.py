"""The weather, as the laps and the state tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from teamtactics.language import _
from teamtactics.model.parcel import Document
from teamtactics.model.words import fixed
from teamtactics.reports.page.wall_clock import WallClock
from teamtactics.reports.summary import known, number, whole

MOST_CHANGES = 12
"""So many are listed: on a drying track it goes to and fro."""


@dataclass(frozen=True, slots=True)
class WeatherChange:
    """From which lap on, and from when, the track was how."""

    lap: str
    at: str
    text: str


def now(laps: Sequence[Document]) -> tuple[str, str] | None:
    """Say what the last lap with a temperature tells, and how far it went since the start; None without one."""
    told = [lap for lap in laps if number(lap, "TrackTemp") is not None]
    if not told:
        return None
    track, air = number(told[-1], "TrackTemp"), number(told[-1], "AirTemp")
    text = f"{fixed(track, 1)}\u00a0°C"
    details = [_("air {degrees}\u00a0°C").format(degrees=fixed(air, 1))] if air is not None else []
    details += [ground] if (ground := _ground(told[-1])) else []
    details.append(_("track {degrees}\u00a0°C so far").format(degrees=temperatures(told)))
    return text, ", ".join(details)


def temperatures(laps: Sequence[Document]) -> str:
    """Say from where to where the track's temperature went."""
    told = [f"{value:.1f}" for value in known(number(lap, "TrackTemp") for lap in laps)]
    if not told:
        return fixed(None)
    low, high = min(told, key=float), max(told, key=float)
    return low if low == high else f"{low}–{high}"


def changes(laps: Sequence[Document], clock: WallClock) -> list[WeatherChange]:
    """List how the track became wetter or drier, the latest; nothing where it was the same all the time."""
    found, last = [], ""
    for lap in laps:
        ground = _ground(lap)
        if ground and ground != last:
            at = clock.text(number(lap, "SessionTime"))
            found.append(WeatherChange(fixed(whole(lap, "LapCompleted")), at, ground))
            last = ground
    return found[-MOST_CHANGES:] if len(found) > 1 else []


def _ground(lap: Document) -> str:
    parts = [_wetness(whole(lap, "TrackWetness"))]
    parts.append(_("declared wet") if lap.get("WeatherDeclaredWet") is True else "")
    return ", ".join(part for part in parts if part)


def _wetness(found: int | None) -> str:
    """Say ``TrackWetness`` in the SDK's own words; 0 is unknown."""
    said = {
        1: _("dry"),
        2: _("mostly dry"),
        3: _("very lightly wet"),
        4: _("lightly wet"),
        5: _("moderately wet"),
        6: _("very wet"),
        7: _("extremely wet"),
    }
    return said.get(found or 0, "")
