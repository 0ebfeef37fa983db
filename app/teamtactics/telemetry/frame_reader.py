"""Frames out of raw buffers: one precompiled ``struct`` read per tick, for exactly the variables that are wanted."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from teamtactics.errors import LayoutChanged
from teamtactics.language import Said
from teamtactics.model.frame import Frame, InCar, in_order
from teamtactics.telemetry.in_car import InCarReader
from teamtactics.telemetry.layout import BITFIELD, BOOL, DOUBLE, FLOAT, INT, TYPE_SIZES, Layout, Variable

_TRUTH = {BOOL: "?", INT: "?", BITFIELD: "?"}
"""A wider truth value is read by its lowest byte (little-endian)."""
_WHOLE = {BOOL: "B", INT: "i", BITFIELD: "I"}
_REAL = {FLOAT: "f", DOUBLE: "d", INT: "i", BITFIELD: "I"}


@dataclass(frozen=True, slots=True)
class _Wish:
    """One field of ``Frame``: the SDK names that can fill it, best first, and how each SDK type is read."""

    field: str
    names: tuple[str, ...]
    formats: dict[int, str]
    is_per_car: bool = False


_WISHES = (
    _Wish("session_time", ("SessionTime",), _REAL),
    _Wish("session_num", ("SessionNum",), _WHOLE),
    _Wish("session_unique_id", ("SessionUniqueID",), _WHOLE),
    _Wish("session_state", ("SessionState",), _WHOLE),
    _Wish("session_flags", ("SessionFlags",), _WHOLE),
    _Wish("session_time_of_day", ("SessionTimeOfDay",), _REAL),
    _Wish("session_tick", ("SessionTick",), _WHOLE),
    _Wish("is_on_track", ("IsOnTrack",), _TRUTH),
    _Wish("is_on_track_car", ("IsOnTrackCar",), _TRUTH),
    _Wish("is_in_garage", ("IsInGarage",), _TRUTH),
    _Wish("lap", ("Lap",), _WHOLE),
    _Wish("lap_completed", ("LapCompleted",), _WHOLE),
    _Wish("lap_dist", ("LapDist",), _REAL),
    _Wish("lap_dist_pct", ("LapDistPct",), _REAL),
    _Wish("lap_last_lap_time", ("LapLastLapTime",), _REAL),
    _Wish("lap_current_lap_time", ("LapCurrentLapTime",), _REAL),
    _Wish("fuel_level", ("FuelLevel",), _REAL),
    _Wish("on_pit_road", ("OnPitRoad",), _TRUTH),
    _Wish("player_track_surface", ("PlayerTrackSurface",), _WHOLE),
    _Wish("player_car_in_pit_stall", ("PlayerCarInPitStall",), _TRUTH),
    _Wish("pitstop_active", ("PitstopActive",), _TRUTH),
    _Wish("pit_sv_flags", ("PitSvFlags",), _WHOLE),
    _Wish("player_car_tow_time", ("PlayerCarTowTime",), _REAL),
    _Wish("pit_repair_left", ("PitRepairLeft",), _REAL),
    _Wish("pit_opt_repair_left", ("PitOptRepairLeft",), _REAL),
    _Wish("speed", ("Speed",), _REAL),
    _Wish("track_temp", ("TrackTemp", "TrackTempCrew"), _REAL),
    _Wish("air_temp", ("AirTemp",), _REAL),
    _Wish("track_wetness", ("TrackWetness",), _WHOLE),
    _Wish("weather_declared_wet", ("WeatherDeclaredWet",), _TRUTH),
    _Wish("player_tire_compound", ("PlayerTireCompound",), _WHOLE),
    _Wish("player_car_team_incident_count", ("PlayerCarTeamIncidentCount",), _WHOLE),
    _Wish("car_lap", ("CarIdxLap",), _WHOLE, is_per_car=True),
    _Wish("car_lap_completed", ("CarIdxLapCompleted",), _WHOLE, is_per_car=True),
    _Wish("car_last_lap_time", ("CarIdxLastLapTime",), _REAL, is_per_car=True),
    _Wish("car_on_pit_road", ("CarIdxOnPitRoad",), _TRUTH, is_per_car=True),
    _Wish("car_track_surface", ("CarIdxTrackSurface",), _WHOLE, is_per_car=True),
)
_ESSENTIAL = (("SessionTime",), ("SessionNum",), ("FuelLevel",), ("IsOnTrackCar", "IsOnTrack"), ("Lap", "LapCompleted"))
"""Of each group at least one. ``SessionNum`` too: taking 0 for it would mix practice and race in one collection."""

_NEWS = ("session_num", "lap_completed", "lap_last_lap_time")
"""The fields whose change somebody waits for."""

_LONGEST_SESSION_S = 1e9

# Every row that a frame is picked from begins with these, then come the values of the buffer in order of offset.
_TICK, _NONE, _LAPS_BEFORE, _IN_CAR, _VALUES = range(5)


class FrameReader:
    """
    Makes frames of buffers of one layout.

    Args:
        layout: Whose buffers will be read.

        own_car_idx: Index of the own car in ``CarIdx…`` arrays; None while it is not known: those fields are None then.

        where: Name of the source, for the message.

    Attributes:
        missing: SDK names of wanted variables that are not there, or cannot be read, and were not derived.

        derived: SDK names of wanted variables that are worked out from others.

    Raises:
        LayoutChanged: A variable that nothing works without is missing, or cannot be read; all of them are named.
    """

    def __init__(self, layout: Layout, own_car_idx: int | None, where: str) -> None:
        chosen = {wish.field: (wish, variable) for wish in _WISHES if (variable := _choose(wish, layout))}
        unreadable = dict(layout.unreadable)
        places = _place(chosen, own_car_idx, unreadable)
        _require_essential(chosen, unreadable, where)
        self.own_car_idx = own_car_idx
        self.missing: tuple[str, ...] = tuple(wish.names[0] for wish in _WISHES if wish.field not in chosen)
        self.derived: tuple[str, ...] = ()
        self._struct = _compile(places, layout.buf_len)
        self._news = tuple(
            slice(offset, offset + struct.calcsize(code)) for offset, code, field in places if field in _NEWS
        )
        self._in_car = InCarReader(layout)
        at = {field: _VALUES + index for index, (_, _, field) in enumerate(places)}
        self._lap_at = at["lap"] - _VALUES if "lap" in at else None
        self._time_at = at["session_time"] - _VALUES
        if "lap_completed" not in at:
            at["lap_completed"] = _LAPS_BEFORE
            self._note_derived("LapCompleted")
        if "TrackTemp" not in layout.variables and "track_temp" in at:
            self._note_derived("TrackTemp")
        at["tick"] = _TICK
        at["in_car"] = _IN_CAR
        self._pick = itemgetter(*(at.get(field, _NONE) for field in Frame._fields))

    def frame(self, buffer: bytes | bytearray, tick: int) -> Frame | None:
        """Return the frame in a copied *buffer*; None when it is no data (session time 0: an all-zero or torn tick)."""
        return self._make(tick, self._struct.unpack_from(buffer), self._in_car.read(buffer))

    def news(self, buffer: bytes) -> tuple[bytes, ...]:
        """Return what in a copied *buffer*, in which nothing is decoded yet, somebody waits for: when it changes."""
        return tuple(buffer[place] for place in self._news)

    def frames(self, records: bytes | bytearray | memoryview, first: int) -> Iterator[Frame]:
        """Yield the frames of *records* that follow each other, numbered from *first*; those without data left out."""
        make = self._make
        rows = zip(self._struct.iter_unpack(records), self._in_car.read_all(records), strict=False)
        for number, (values, in_car) in enumerate(rows, first):
            frame = make(number, values, in_car)
            if frame is not None:
                yield frame

    def _make(self, tick: int, values: tuple[float, ...], in_car: InCar | None) -> Frame | None:
        # Zero: zero-filled and not yet written (SIMULATOR#tick, SIMULATOR#glitch). Not a number, or decades: damaged.
        if not 0.0 < values[self._time_at] < _LONGEST_SESSION_S:
            return None
        # One addition over all values finds the rare NaN or infinity much cheaper than a look at each.
        total = sum(values)
        if total - total != 0.0:
            return self._make_of_known(tick, values, in_car)
        lap_at = self._lap_at
        laps_before = None if lap_at is None else values[lap_at] - 1
        return in_order(self._pick((tick, None, laps_before, in_car, *values)))

    def _make_of_known(self, tick: int, values: tuple[float, ...], in_car: InCar | None) -> Frame:
        known = tuple(None if value - value != 0.0 else value for value in values)
        laps_before = None if self._lap_at is None else values[self._lap_at] - 1
        return in_order(self._pick((tick, None, laps_before, in_car, *known)))

    def _note_derived(self, name: str) -> None:
        self.derived = (*self.derived, name)
        self.missing = tuple(other for other in self.missing if other != name)


def _choose(wish: _Wish, layout: Layout) -> Variable | None:
    found = (layout.variables.get(name) for name in wish.names)
    return next((variable for variable in found if variable is not None and variable.type in wish.formats), None)


def _require_essential(chosen: dict[str, tuple[_Wish, Variable]], unreadable: Mapping[str, str], where: str) -> None:
    present = {name for wish, _ in chosen.values() for name in wish.names}
    lacking = [" or ".join(group) for group in _ESSENTIAL if not present.intersection(group)]
    if lacking:
        why = "; ".join(f"{name}: {unreadable[name]}" for group in _ESSENTIAL for name in group if name in unreadable)
        raise LayoutChanged(
            Said(
                "{where}: this build of iRacing does not give {names} ({why}); laps cannot be recorded without it. "
                "Please look for a newer version of teamtactics",
                where=where,
                names=", ".join(lacking),
                why=why or Said("or in another type"),
            )
        )


def _place(
    chosen: dict[str, tuple[_Wish, Variable]], own_car_idx: int | None, unreadable: dict[str, str]
) -> list[tuple[int, str, str]]:
    """
    Return byte offset, format and field of everything that can be read, in order of offset.

    Which one is right of two that overlap nobody can tell: both are taken out of *chosen* and are *unreadable*.
    """
    places: list[tuple[int, str, str]] = []
    for field, (wish, variable) in chosen.items():
        # What is wanted as one value is element 0 of an array: some builds give scalars as arrays (SIMULATOR#types).
        element = own_car_idx if wish.is_per_car else 0
        if element is None or not 0 <= element < variable.count:
            continue
        offset = variable.offset + element * TYPE_SIZES[variable.type]
        places.append((offset, wish.formats[variable.type], field))
    places.sort()
    for before, place in pairwise(places):
        if before[0] + struct.calcsize("<" + before[1]) > place[0]:
            for field in (before[2], place[2]):
                if field in chosen:
                    unreadable[chosen.pop(field)[1].name] = f"shares byte {place[0]} of the buffer with another"
    return [place for place in places if place[2] in chosen]


def _compile(places: list[tuple[int, str, str]], buf_len: int) -> struct.Struct:
    """Return one ``struct`` over the whole buffer, with pad bytes for all that nobody wants."""
    parts, at = ["<"], 0
    for offset, code, _ in places:
        parts.append(f"{offset - at}x{code}")
        at = offset + struct.calcsize("<" + code)
    parts.append(f"{buf_len - at}x")
    return struct.Struct("".join(parts))
