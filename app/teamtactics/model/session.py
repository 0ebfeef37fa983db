"""Who and what a session is: the parts of the simulator's session text that the collector needs."""

from __future__ import annotations

from dataclasses import dataclass

LATIN_1, UTF_8 = "ISO-8859-1", "UTF-8"
"""The two encodings of a session text."""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    The own car's entry in ``DriverInfo.Drivers`` (the one whose ``CarIdx`` is ``DriverCarIdx``, SIMULATOR#car-idx).
    """

    car_idx: int
    user_id: int
    user_name: str
    team_id: int
    team_name: str
    car_path: str
    car_screen_name: str
    car_id: int
    is_spectator: bool = False


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """
    One of ``SessionInfo.Sessions``.

    Attributes:
        laps: The session's maximum of laps; None when unlimited.

        time_s: The session's maximum of time, s; None when unlimited.

        own_laps, own_last_time_s, own_fastest_time_s, own_fastest_lap: The own car's line of the results: laps
            completed, the official times of the last one and of the fastest one, and which that was; None while there
            is none. They follow the telemetry by seconds (SIMULATOR#lag).
    """

    num: int
    type: str
    laps: int | None
    time_s: float | None
    own_laps: int | None = None
    own_last_time_s: float | None = None
    own_fastest_time_s: float | None = None
    own_fastest_lap: int | None = None


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """
    The session text, parsed. Absent numbers are 0 where the SDK's own "none" is 0, else None.

    Attributes:
        sim_mode: ``WeekendInfo.SimMode``: ``full`` is a live session; anything else is a loaded replay.

        driver_user_id: ``DriverInfo.DriverUserID``: the member at this PC, whoever drives (SIMULATOR#account).
            Recordings of 2015 lack it: None.

        own: None while the text does not name the own car yet (right after joining).

        fuel_max_l: Usable tank: ``DriverCarFuelMaxLtr`` × ``DriverCarMaxFuelPct``.

        stall_pct: Where on the lap the own pit stall lies, 0 to 1: ``DriverInfo.DriverPitTrkPct``.

        text_encoding: How the text was written (SIMULATOR#encoding).
    """

    sim_mode: str
    team_racing: bool
    session_id: int
    subsession_id: int
    track_name: str
    track_id: int
    event_type: str
    driver_user_id: int | None
    driver_car_idx: int | None
    own: Entry | None
    fuel_max_l: float | None
    sessions: tuple[SessionEntry, ...]
    stall_pct: float | None = None
    text_encoding: str = LATIN_1

    @property
    def is_live(self) -> bool:
        """True for a live session, false for a loaded replay file (SIMULATOR#replay)."""
        return self.sim_mode == "full"

    @property
    def is_team_session(self) -> bool:
        """True when it is a team session by DATA.md#collection."""
        return self.team_racing and self.own is not None and self.own.team_id != 0 and self.session_id != 0

    def session(self, num: int) -> SessionEntry | None:
        """Return the entry of session *num*; None while the text does not list it."""
        return next((entry for entry in self.sessions if entry.num == num), None)
