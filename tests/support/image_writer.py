"""
Writes the simulator's shared memory as the simulator does: into a file that ``simulate`` reads, or into plain memory.

    with ImageWriter(tmp_path / "live.dump") as image:
        image.write_session_text(session_text(user_id=4711))
        image.write_tick({"SessionTime": 12.5, "IsOnTrackCar": True, "Lap": 1, "FuelLevel": 50.0})

The file is mapped shared, so a reader in another process (or in this one) sees each tick as it is written. A variable
that a tick does not name reads as zero, as it does in the simulator (SIMULATOR#tick). Arrays take a sequence, or a
dict of index to value.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

Scalar = bool | int | float
Value = Scalar | Sequence[Scalar] | Mapping[int, Scalar]
Variable = tuple[str, str, int]
"""Name, type (``char``, ``bool``, ``int``, ``bitfield``, ``float``, ``double``), number of elements."""

MEMORY_SIZE = 1164 * 1024
"""Size of the simulator's mapping, also of a file that ``irsdk --dump`` writes."""
SESSION_TEXT_SIZE = 524_288
TYPES = {"char": (0, "c", 1), "bool": (1, "?", 1), "int": (2, "i", 4), "bitfield": (3, "I", 4), "float": (4, "f", 4)}
TYPES["double"] = (5, "d", 8)

_VAR_HEADERS_AT = 144
_BUFFERS_AT = 48
_MAX_BUFFERS = 4


def live_variables(cars: int = 64) -> list[Variable]:
    """Everything the collector wants, in the shapes of a 2025 build; *cars* is the width of the ``CarIdx…`` arrays."""
    return [
        ("SessionTime", "double", 1),
        ("SessionTick", "int", 1),
        ("SessionNum", "int", 1),
        ("SessionState", "int", 1),
        ("SessionUniqueID", "int", 1),
        ("SessionFlags", "bitfield", 1),
        ("SessionTimeOfDay", "float", 1),
        ("PlayerCarIdx", "int", 1),
        ("IsOnTrack", "bool", 1),
        ("IsOnTrackCar", "bool", 1),
        ("IsInGarage", "bool", 1),
        ("IsReplayPlaying", "bool", 1),
        ("OnPitRoad", "bool", 1),
        ("PlayerCarInPitStall", "bool", 1),
        ("PitstopActive", "bool", 1),
        ("CarIdxLap", "int", cars),
        ("CarIdxLapCompleted", "int", cars),
        ("CarIdxTrackSurface", "int", cars),
        ("CarIdxOnPitRoad", "bool", cars),
        ("CarIdxLastLapTime", "float", cars),
        ("Lap", "int", 1),
        ("LapCompleted", "int", 1),
        ("LapDist", "float", 1),
        ("LapDistPct", "float", 1),
        ("LapLastLapTime", "float", 1),
        ("LapCurrentLapTime", "float", 1),
        ("FuelLevel", "float", 1),
        ("PlayerTrackSurface", "int", 1),
        ("PlayerCarTowTime", "float", 1),
        ("PitSvFlags", "bitfield", 1),
        ("PitRepairLeft", "float", 1),
        ("PitOptRepairLeft", "float", 1),
        ("Speed", "float", 1),
        ("TrackTemp", "float", 1),
        ("TrackTempCrew", "float", 1),
        ("AirTemp", "float", 1),
        ("TrackWetness", "int", 1),
        ("WeatherDeclaredWet", "bool", 1),
        ("PlayerTireCompound", "int", 1),
        ("PlayerCarTeamIncidentCount", "int", 1),
    ]


def in_car_variables() -> list[Variable]:
    """The in-car settings of a car, with a button and others among them, as the simulator lays them out."""
    return [
        ("dcStarter", "bool", 1),
        ("dcTractionControlToggle", "bool", 1),
        ("SteeringWheelPctTorque", "float", 1),
        ("dcBrakeBias", "float", 1),
        ("dcTractionControl", "float", 1),
        ("dcABS", "float", 1),
    ]


class ImageWriter:
    """
    A memory image under construction; starts connected, without session text and without a tick.

    Args:
        path: The file to create; None to work in plain memory (``memory`` is then a bytearray).

        variables: The variable table; None for ``live_variables()`` and ``in_car_variables()``.

        buffers: How many the ring has (real: 3; the SDK's maximum is 4).

        start_tick: The tick counter before the first tick.

        has_begin_counters: True for a build of 2025/26, which also counts at the begin of a write.
    """

    def __init__(
        self,
        path: Path | None,
        variables: Sequence[Variable] | None = None,
        *,
        buffers: int = 3,
        start_tick: int = 0,
        has_begin_counters: bool = False,
        version: int = 2,
    ) -> None:
        self.variables = list([*live_variables(), *in_car_variables()] if variables is None else variables)
        self.has_begin_counters = has_begin_counters
        self.tick = start_tick
        self.buffers = buffers
        self._slots: dict[str, tuple[int, struct.Struct, int]] = {}
        self._text_at = -(-(_VAR_HEADERS_AT + 144 * len(self.variables)) // 16) * 16
        self.buf_len = self._measure()
        first = self._text_at + SESSION_TEXT_SIZE
        self.buffer_offsets = [first + index * (-(-self.buf_len // 16) * 16) for index in range(buffers)]
        size = max(MEMORY_SIZE, self.buffer_offsets[-1] + self.buf_len)
        self.memory: bytearray | mmap.mmap = bytearray(size)
        self._current = buffers - 1
        self._text_updates = 0
        self._write_header(version)
        if path is not None:
            self.memory = _map_file(path, self.memory)

    def __enter__(self) -> ImageWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; what was written stays."""
        if isinstance(self.memory, mmap.mmap):
            self.memory.close()

    def set_connected(self, connected: bool) -> None:
        """Set or clear the status bit: the simulator clears it on an orderly end, a crash leaves it set."""
        struct.pack_into("<i", self.memory, 4, int(connected))

    def write_session_text(self, text: str | bytes) -> None:
        """Replace the session text (cp1252 unless given as bytes), then count the update: the simulator's own order."""
        raw = text.encode("cp1252", "replace") if isinstance(text, str) else text
        if len(raw) >= SESSION_TEXT_SIZE:
            raise ValueError(f"session text of {len(raw)} bytes does not fit")
        self.memory[self._text_at : self._text_at + SESSION_TEXT_SIZE] = raw.ljust(SESSION_TEXT_SIZE, b"\0")
        self._text_updates += 1
        struct.pack_into("<i", self.memory, 12, self._text_updates)

    def write_tick(self, values: Mapping[str, Value], tick: int | None = None) -> int:
        """Write one whole tick and return its counter; *tick* overrides it (to leave a hole, or to restart)."""
        self.begin_tick(tick)
        self.put(values)
        return self.end_tick()

    def begin_tick(self, tick: int | None = None) -> None:
        """Take the next buffer and zero-fill it; its old counter still stands, as in the simulator."""
        self.tick = self.tick + 1 if tick is None else tick
        self._current = (self._current + 1) % self.buffers
        if self.has_begin_counters:
            struct.pack_into("<i", self.memory, _BUFFERS_AT + 16 * self._current + 8, self.tick)
        at = self.buffer_offsets[self._current]
        self.memory[at : at + self.buf_len] = bytes(self.buf_len)

    def write_whole_tick(self, content: bytes, tick: int) -> int:
        """Write a tick whose buffer was made beforehand: *content* is as long as a buffer."""
        if len(content) != self.buf_len:
            raise ValueError(f"a buffer holds {self.buf_len} bytes, not {len(content)}")
        self.begin_tick(tick)
        at = self.buffer_offsets[self._current]
        self.memory[at : at + self.buf_len] = content
        return self.end_tick()

    def put(self, values: Mapping[str, Value]) -> None:
        """Write *values* into the buffer that ``begin_tick`` took."""
        base = self.buffer_offsets[self._current]
        for name, value in values.items():
            offset, packer, size = self._slots[name]
            if isinstance(value, Mapping):
                for index, element in value.items():
                    packer.pack_into(self.memory, base + offset + index * size, element)
            elif isinstance(value, Sequence):
                for index, element in enumerate(value):
                    packer.pack_into(self.memory, base + offset + index * size, element)
            else:
                packer.pack_into(self.memory, base + offset, value)

    def end_tick(self) -> int:
        """Set the buffer's tick counter: from now on it is the newest."""
        struct.pack_into("<i", self.memory, _BUFFERS_AT + 16 * self._current, self.tick)
        if self.has_begin_counters:
            struct.pack_into("<iB", self.memory, 40, self.tick, self._current)
        return self.tick

    def _measure(self) -> int:
        offset = 0
        for name, type_name, count in self.variables:
            _, letter, size = TYPES[type_name]
            self._slots[name] = (offset, struct.Struct("<" + letter), size)
            offset += size * count
        return offset

    def _write_header(self, version: int) -> None:
        struct.pack_into(
            "<10i", self.memory, 0, version, 1, 60, 0, SESSION_TEXT_SIZE, self._text_at,
            len(self.variables), _VAR_HEADERS_AT, self.buffers, self.buf_len,
        )  # fmt: skip
        for index, offset in enumerate(self.buffer_offsets):
            struct.pack_into("<4i", self.memory, _BUFFERS_AT + 16 * index, 0, offset, 0, 0)
        for index, (name, type_name, count) in enumerate(self.variables):
            code, offset = TYPES[type_name][0], self._slots[name][0]
            at = _VAR_HEADERS_AT + 144 * index
            struct.pack_into("<iiii32s64s32s", self.memory, at, code, offset, count, 0, name.encode("ascii"), b"", b"")


def session_text(
    *,
    user_id: int = 4711,
    user_name: str = "Ada Local",
    car_idx: int = 0,
    driving_user_id: int | None = None,
    driving_user_name: str | None = None,
    team_racing: bool = False,
    team_id: int = 0,
    team_name: str | None = None,
    session_id: int = 0,
    subsession_id: int = 0,
    sessions: Sequence[tuple[str, int | None, float | None]] = (("Offline Testing", None, None),),
    track_name: str = "monza full",
    track_id: int = 239,
    event_type: str = "Test",
    sim_mode: str = "full",
    car_path: str = "porsche991rsr",
    car_screen_name: str = "Porsche 911 RSR",
    car_id: int = 102,
    fuel_max_l: float = 106.0,
    fuel_max_pct: float = 1.0,
    encoding: str | None = None,
    other_drivers: Sequence[tuple[int, int, str]] = (),
) -> str:
    """
    Return a session text with the simulator's own shape.

    Args:
        user_id: The member at this PC (``DriverUserID``).

        driving_user_id: Who sits in the own car; None for the member at this PC.

        sessions: Type, maximum of laps, maximum of time in s, for each ``SessionNum`` from 0; None is ``unlimited``.

        other_drivers: Car index, user id, user name of the other cars; listed before the own one, so that the own
            entry does not stand at the position of its ``CarIdx``.
    """
    own_name = driving_user_name or user_name
    lines = ["---", "WeekendInfo:"]
    if encoding is not None:
        lines.append(f" Encoding: {encoding}")
    lines += [
        f" TrackName: {track_name}", f" TrackID: {track_id}", " TrackLength: 5.69 km", f" SessionID: {session_id}",
        f" SubSessionID: {subsession_id}", f" EventType: {event_type}", f" SimMode: {sim_mode}",
        f" TeamRacing: {int(team_racing)}", " DCRuleSet: None", " WeekendOptions:", "  NumStarters: 0",
        "  CourseCautions: off", "", "SessionInfo:", " Sessions:",
    ]  # fmt: skip
    for num, (kind, laps, time_s) in enumerate(sessions):
        lines += [
            f" - SessionNum: {num}", f"   SessionLaps: {'unlimited' if laps is None else laps}",
            f"   SessionTime: {'unlimited' if time_s is None else f'{time_s:.4f} sec'}", "   SessionNumLapsToAvg: 0",
            f"   SessionType: {kind}", "   ResultsPositions:", "   ResultsOfficial: 0",
        ]  # fmt: skip
    lines += [
        "", "DriverInfo:", f" DriverCarIdx: {car_idx}", f" DriverUserID: {user_id}", " PaceCarIdx: -1",
        f" DriverCarFuelMaxLtr: {fuel_max_l:.3f}", f" DriverCarMaxFuelPct: {fuel_max_pct:.3f}",
        " DriverSetupName: base.sto", " Drivers:",
    ]  # fmt: skip
    for other_idx, other_id, other_name in other_drivers:
        lines += _driver(other_idx, other_name, other_id, 0, other_name, car_path, car_screen_name, car_id)
    own_id = user_id if driving_user_id is None else driving_user_id
    lines += _driver(car_idx, own_name, own_id, team_id, team_name or own_name, car_path, car_screen_name, car_id)
    lines += ["", "SplitTimeInfo:", " Sectors:", " - SectorNum: 0", "   SectorStartPct: 0.000000", "", "..."]
    return "\n".join(lines) + "\n"


def _driver(
    car_idx: int, name: str, user_id: int, team_id: int, team: str, car_path: str, car_screen_name: str, car_id: int
) -> list[str]:
    return [
        f" - CarIdx: {car_idx}", f"   UserName: {name}", "   AbbrevName: ", "   Initials: ", f"   UserID: {user_id}",
        f"   TeamID: {team_id}", f"   TeamName: {team}", f'   CarNumber: "0{car_idx % 10}"', f"   CarPath: {car_path}",
        "   CarClassID: 0", f"   CarID: {car_id}", "   CarIsPaceCar: 0", "   CarIsAI: 0",
        f"   CarScreenName: {car_screen_name}", "   IRating: 1350", "   IsSpectator: 0",
    ]  # fmt: skip


def _map_file(path: Path, content: bytes | bytearray) -> mmap.mmap:
    # Whole under another name first: a reader that waits for the file never sees half a header.
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_bytes(content)
    unfinished.replace(path)
    with path.open("rb+") as file:
        return mmap.mmap(file.fileno(), 0)
