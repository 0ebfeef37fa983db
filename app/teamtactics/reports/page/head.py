"""What stands on top of the page: who drives, how far, how much fuel, the last stop, the weather, the last laps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from teamtactics.language import _, n_
from teamtactics.model.parcel import Document
from teamtactics.model.words import UNKNOWN, fixed, in_order, lap_time, level, setting
from teamtactics.reports import summary
from teamtactics.reports.page import weather
from teamtactics.reports.page.drivers import Key, driver_key
from teamtactics.reports.page.phrases import kind_text, litres, span
from teamtactics.reports.page.tables import asked_for, begun_s
from teamtactics.reports.page.wall_clock import WallClock
from teamtactics.reports.stops import Stop
from teamtactics.reports.summary import LapKind, number, whole, word

_MOMENTS = ("PitEnterTime", "StopMovingTime", "StartMovingTime", "PitExitTime")
_LAST_LAPS = 5


@dataclass(frozen=True, slots=True)
class Card:
    """
    One thing that is true now.

    Attributes:
        colour: Number of the driver's colour; None without one.
    """

    label: str
    value: str
    details: Sequence[str] = ()
    colour: int | None = None


@dataclass(frozen=True, slots=True)
class Now:
    """
    How the race stands.

    Attributes:
        laps: The completed ones, in order; at least one, or there is a state.

        state: The latest; None without one, or where the last lap is later.
    """

    laps: Sequence[Document]
    state: Document | None
    stops: Sequence[Stop]
    info: Document
    clock: WallClock
    colours: Mapping[Key, int]
    kinds: Mapping[int, LapKind]

    @property
    def latest(self) -> Document:
        """What tells most of now: the state, or the last lap."""
        return self.laps[-1] if self.state is None else self.state

    @property
    def of_stint(self) -> Sequence[Document]:
        """The laps of the stint under way."""
        stint = whole(self.latest, "Stint")
        return [lap for lap in self.laps if stint is not None and whole(lap, "Stint") == stint]


def newer_state(laps: Sequence[Document], state: Document | None) -> Document | None:
    """Return *state* where it is as late as the last lap; None where the last lap tells more."""
    if state is None or not laps:
        return state
    of_state, of_lap = whole(state, "LapCompleted"), whole(laps[-1], "LapCompleted")
    at_s, line_s = number(state, "SessionTime"), number(laps[-1], "SessionTime")
    if of_state is not None and of_lap is not None and of_state != of_lap:
        return state if of_state > of_lap else None
    return None if at_s is not None and line_s is not None and at_s < line_s else state


def under_way(laps: Sequence[Document], state: Document | None) -> Document | None:
    """Return what *state* tells of the pits in the lap under way, as if that lap ended now; None for nothing."""
    if state is None or not any(number(state, name) is not None for name in _MOMENTS):
        return None
    completed = whole(state, "LapCompleted")
    if completed is None or (laps and whole(laps[-1], "LapCompleted") != completed):
        return None
    return {**state, "LapCompleted": completed + 1}


def cards(now: Now) -> list[Card]:
    """Return what stands on top."""
    found = [_driver(now), _stint(now), _fuel(now), _to_empty(now), _last_stop(now)]
    told = weather.now(now.laps)
    found += [] if told is None else [Card(_("Track"), told[0], [told[1]])]
    found += _last_laps(now.laps, now.kinds)
    return found


def in_car(state: Document | None) -> str | None:
    """Name the driver's in-car settings, as who gets in would find them; None where they are not known."""
    settings = None if state is None else state.get("InCar")
    if not isinstance(settings, Mapping) or not settings:
        return None
    said = [f"{setting(name, _)} {level(settings[name], 0, _)}".replace(" ", "\u00a0") for name in in_order(settings)]
    return " · ".join(said)


def _driver(now: Now) -> Card:
    key = driver_key(now.latest)
    since_s = driving_since_s(now.laps, now.state)
    at_s = number(now.latest, "SessionTime")
    details = []
    if since_s is not None:
        details.append(_("since {time}").format(time=now.clock.text(since_s)))
        details += [_("for {span}").format(span=span(at_s - since_s))] if at_s is not None and at_s >= since_s else []
    if now.latest.get("OnPitRoad") is True:
        details.append(_("on pit road"))
    return Card(_("In the car"), word(now.latest, "Driver") or UNKNOWN, details, now.colours.get(key))


def driving_since_s(laps: Sequence[Document], state: Document | None) -> float | None:
    """Return since when who drives now has driven, session time; None when nobody saw it."""
    key = None if not laps else driver_key(laps[-1])
    if state is not None and driver_key(state) != key:
        moments = (number(state, name) for name in ("StartMovingTime", "StopMovingTime", "SessionTime"))
        return next((at_s for at_s in moments if at_s is not None), None)
    first, before = None, None
    for lap in reversed(laps):
        if driver_key(lap) != key:
            before = lap
            break
        first = lap
    if first is None:
        return None
    line_s, took_s = number(first, "SessionTime"), summary.lap_time_s(first)
    moved_s = None if before is None else number(first, "StartMovingTime")
    begun_s = None if line_s is None or took_s is None else line_s - took_s
    known = (moved_s, begun_s, None if before is None else number(before, "SessionTime"))
    return next((at_s for at_s in known if at_s is not None), None)


def _stint(now: Now) -> Card:
    completed, of_stint = whole(now.latest, "LapCompleted"), whole(now.latest, "StintLap")
    most, limit_s = whole(now.info, "SessionLaps"), number(now.info, "SessionTime")
    at_s = number(now.latest, "SessionTime")
    details = []
    if of_stint is not None:
        details.append(n_("{count} lap in it", "{count} laps in it", of_stint).format(count=of_stint))
    if completed is not None:
        done = _("lap {lap} done of {most}") if most else _("lap {lap} done")
        details.append(done.format(lap=completed, most=most))
    if at_s is not None:
        time = _("{time} of {limit} session time") if limit_s else _("{time} session time")
        details.append(time.format(time=span(at_s), limit=span(limit_s)))
    return Card(_("Stint"), fixed(whole(now.latest, "Stint")), details)


def _fuel(now: Now) -> Card:
    level, most = number(now.latest, "FuelLevel"), number(now.info, "FuelMax")
    details = [_("of {litres}").format(litres=litres(most, 1))] if most else []
    if level is not None and most:
        details.append(_("{percent} % of the tank").format(percent=f"{level / most * 100:.0f}"))
    return Card(_("Fuel"), UNKNOWN if level is None else litres(level, 1), details)


def _to_empty(now: Now) -> Card:
    burned = summary.recent_burned_l(now.of_stint)
    per_lap = summary.mean(burned)
    left = summary.laps_to_empty(number(now.latest, "FuelLevel"), per_lap)
    if per_lap is None or left is None:
        return Card(_("Laps to empty"), UNKNOWN, [_("no clean lap with its fuel in this stint yet")])
    of_laps = n_("the last clean lap", "mean of the last {count} clean laps", len(burned)).format(count=len(burned))
    details = [_("{litres} a lap, {of_laps}").format(litres=litres(per_lap, 2), of_laps=of_laps)]
    completed = whole(now.latest, "LapCompleted")
    at_line = number(now.latest, "FuelLevel")
    if now.state is not None and not number(now.state, "FuelAdded"):
        at_line = number(now.state, "FuelAtLapStart") or at_line
    enough = summary.laps_to_empty(at_line, per_lap)
    if completed is not None and enough is not None:
        last = completed + math.floor(enough)
        details.append(_("enough to the end of lap {lap}").format(lap=last))
    return Card(_("Laps to empty"), f"{left:.1f}", details)


def _last_stop(now: Now) -> Card:
    if not now.stops:
        return Card(_("Last stop"), UNKNOWN, [_("none yet")])
    stop = now.stops[-1]
    details = [_("lap {laps}").format(laps=fixed(stop.lap_in))]
    details += (
        [_("{seconds} s standing").format(seconds=fixed(stop.stationary_s, 1))] if stop.stationary_s is not None else []
    )
    details += [_("{seconds} s on pit road").format(seconds=fixed(stop.lane_s, 1))] if stop.lane_s is not None else []
    details += [_("{litres} added").format(litres=litres(stop.fuel_added_l, 1))] if stop.fuel_added_l else []
    asked = asked_for(stop)
    details.append(_("asked for: {services}").format(services=asked) if stop.services is not None else asked)
    if stop.driver_before != stop.driver_after and stop.driver_after is not None:
        details.append(f"{stop.driver_before or UNKNOWN} → {stop.driver_after}")
    return Card(_("Last stop"), now.clock.text(begun_s(stop)), [text for text in details if text != UNKNOWN])


def _last_laps(laps: Sequence[Document], kinds: Mapping[int, LapKind]) -> list[Card]:
    if not laps:
        return []
    rows = []
    for lap in reversed(laps[-_LAST_LAPS:]):
        at, used, seconds = whole(lap, "LapCompleted") or 0, number(lap, "FuelUsed"), summary.lap_time_s(lap)
        said = "" if kinds[at] is LapKind.CLEAN else f" · {kind_text(kinds[at])}"
        burned = "" if used is None else f" · {litres(used, 2)}"
        rows.append(f"{at}: {lap_time(seconds)}{burned}{said}")
    return [Card(_("Last laps"), lap_time(summary.lap_time_s(laps[-1])), rows)]
