"""Frames by hand: a car whose every variable a test sets, and a tracker that is fed with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from teamtactics.model.events import Event, LapFinished, LapSeen, RunEvent, RunEventKind, SessionBegan
from teamtactics.model.facts import LapFacts
from teamtactics.model.frame import Frame
from teamtactics.model.records import LapRecord
from teamtactics.model.session import Entry, SessionEntry, SessionInfo
from teamtactics.race.record.record import Record
from teamtactics.race.tracker import Tracker

TICK_S = 1.0 / 60.0
ADA, BEN = 101, 202
TRACK_M = 3000.0


def session_info(me: int = ADA, in_car: int | None = None, **changes: Any) -> SessionInfo:
    """A team race as the member *me* sees it while *in_car* drives (by default the member)."""
    names = {ADA: "Ada Falk", BEN: "Ben Ruiz"}
    user = me if in_car is None else in_car
    own = Entry(5, user, names[user], 77, "Falk & Ruiz", "porsche992rgt3", "Porsche 911 GT3 R", 169)
    sessions = tuple(SessionEntry(n, kind, None, 3600.0) for n, kind in enumerate(("Practice", "Qualify", "Race")))
    values: dict[str, Any] = {
        "sim_mode": "full",
        "team_racing": True,
        "session_id": 1000,
        "subsession_id": 2000,
        "track_name": "ring",
        "track_id": 9,
        "event_type": "Race",
        "driver_user_id": me,
        "driver_car_idx": 5,
        "own": own,
        "fuel_max_l": 100.0,
        "sessions": sessions,
    }
    return SessionInfo(**{**values, **changes})


class Car:
    """
    A car in the simulator. ``frames`` are what its driver's PC shows, ``at`` changes variables for the ticks to come.

    It stands on the track, on lap 1 with one lap to go to the first completed one, unless told otherwise.
    """

    def __init__(self, **changes: Any) -> None:
        self.values: dict[str, Any] = {
            "tick": 1000,
            "session_time": 100.0,
            "session_num": 2,
            "session_unique_id": 3,
            "session_state": 4,
            "session_flags": 0,
            "session_time_of_day": 50_000.0,
            "session_tick": 6000,
            "is_on_track": True,
            "is_on_track_car": True,
            "is_in_garage": False,
            "lap": 1,
            "lap_completed": 0,
            "lap_dist": 1500.0,
            "lap_dist_pct": 0.5,
            "lap_last_lap_time": 0.0,
            "lap_current_lap_time": 30.0,
            "fuel_level": 50.0,
            "on_pit_road": False,
            "player_track_surface": 3,
            "player_car_in_pit_stall": False,
            "pitstop_active": False,
            "pit_sv_flags": 0,
            "player_car_tow_time": 0.0,
            "pit_repair_left": 0.0,
            "pit_opt_repair_left": 0.0,
            "speed": 50.0,
            "track_temp": 30.0,
            "car_last_lap_time": -1.0,
        }
        self.frames: list[Frame] = []
        self.set(**changes)

    def set(self, **changes: Any) -> Self:
        """Change variables for the ticks to come; a distance may be given as ``lap_dist_pct`` alone."""
        self.values.update(changes)
        if "lap_dist_pct" in changes and "lap_dist" not in changes:
            self.values["lap_dist"] = changes["lap_dist_pct"] * TRACK_M
        return self

    def run(self, seconds: float = TICK_S, **changes: Any) -> Self:
        """Let time pass tick by tick; the car moves by its speed and its lap clock runs."""
        self.set(**changes)
        for _ in range(max(1, round(seconds / TICK_S))):
            self._tick(TICK_S)
        return self

    def skip(self, seconds: float) -> Self:
        """Let time pass without a tick to see."""
        self._pass(seconds)
        return self

    def _pass(self, seconds: float) -> None:
        values = self.values
        values["tick"] += round(seconds / TICK_S)
        values["session_tick"] += round(seconds / TICK_S)
        values["session_time"] += seconds
        values["lap_current_lap_time"] += seconds
        moved = values["speed"] * seconds
        if values["speed"] > 0.5:
            values["lap_dist"] += moved
            values["lap_dist_pct"] = values["lap_dist"] / TRACK_M

    def _tick(self, seconds: float) -> None:
        self._pass(seconds)
        self.frames.append(Frame(**self.values))

    def once(self, **changes: Any) -> Self:
        """Show one tick with other values, then go on as before."""
        kept = dict(self.values)
        self._pass(TICK_S)
        moved = dict(self.values)
        self.frames.append(Frame(**{**moved, **changes}))
        self.values = {**kept, **{k: moved[k] for k in moved if k not in changes}}
        for clock in ("tick", "session_time", "session_tick", "lap_current_lap_time", "lap_dist", "lap_dist_pct"):
            self.values[clock] = moved[clock]
        return self

    def cross(self, *, delay_s: float = 0.5, lap_time: float | None = 60.0, then_s: float = 0.0) -> Self:
        """Cross the line; the lap time arrives *delay_s* later (None: never), as SIMULATOR#lap-time has it."""
        values = self.values
        values["lap"] += 1
        values["lap_completed"] += 1
        values["lap_dist"] = 0.5
        values["lap_dist_pct"] = 0.5 / TRACK_M
        self._tick(TICK_S)
        if lap_time is None:
            return self
        self.run(delay_s - TICK_S) if delay_s > TICK_S else None
        values["lap_current_lap_time"] = delay_s
        values["lap_last_lap_time"] = lap_time
        self._tick(TICK_S)
        if then_s:
            self.run(then_s)
        return self

    def lap(self, seconds: float = 60.0, **crossing: Any) -> Self:
        """Drive on for *seconds* and cross the line."""
        values = self.values
        values["lap_dist"] = 100.0
        speed = (TRACK_M - 150.0) / seconds
        self.run(seconds, speed=speed)
        values["lap_dist"] = TRACK_M - 1.0
        values["lap_dist_pct"] = values["lap_dist"] / TRACK_M
        return self.cross(**crossing)

    def out_of_the_car(self, seconds: float = 1.0) -> Self:
        """Show what the PC of a member shows who does not drive (SIMULATOR#views)."""
        kept = dict(self.values)
        self.set(
            is_on_track=False,
            is_on_track_car=False,
            lap=0,
            lap_completed=0,
            fuel_level=0.0,
            on_pit_road=False,
            pit_sv_flags=0,
            player_track_surface=-1,
            speed=0.0,
            lap_dist=0.0,
            lap_dist_pct=0.0,
            player_car_tow_time=0.0,
            pit_repair_left=0.0,
            pit_opt_repair_left=0.0,
        ).run(seconds)
        for name in ("tick", "session_tick", "session_time", "lap_current_lap_time", "session_time_of_day"):
            kept[name] = self.values[name]
        self.values = kept
        return self

    def drive_into_pits(self, seconds: float = 10.0) -> Self:
        """Come onto pit road at 20 m/s."""
        self.run(2.0, speed=20.0)
        return self.run(seconds, on_pit_road=True, player_track_surface=2)

    def stand_in_stall(self, seconds: float = 10.0) -> Self:
        """Stop in the own stall."""
        return self.run(seconds, speed=0.02, player_track_surface=1, player_car_in_pit_stall=True)

    def leave_pits(self, seconds: float = 10.0) -> Self:
        """Start, drive along pit road and out."""
        self.run(seconds, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False)
        return self.run(1.0, on_pit_road=False, player_track_surface=3, speed=50.0)


def follow(frames: Iterable[Frame], info: SessionInfo | None = None, tracker: Tracker | None = None) -> list[Event]:
    """Feed *frames* to a tracker; return all events. A session that begins is followed from its first frame."""
    tracker = tracker or Tracker(state_interval_s=1e9)
    info = info or session_info()
    events: list[Event] = []
    for frame in frames:
        found = tracker.advance(frame, info)
        if found and isinstance(found[-1], SessionBegan):
            events.extend(found)
            tracker.begin()
            found = tracker.advance(frame, info)
        events.extend(found)
    return events


def laps(events: Sequence[Event]) -> list[LapRecord]:
    """The completed laps among *events*."""
    return [event.record for event in events if isinstance(event, LapFinished)]


def seen(events: Sequence[Event]) -> list[LapFacts]:
    """What was told of laps, as it was told."""
    return [event.facts for event in events if isinstance(event, LapSeen)]


def known(*told: Sequence[Event], stall_pct: float | None = None) -> dict[int, LapRecord]:
    """The completed laps as they are known to whoever has all that these clients told."""
    record = Record(is_stall_first=stall_pct is not None and stall_pct > 0.5)
    record.learn([one for events in told for one in seen(events)])
    return {lap.lap_completed: lap for lap in record.completed()}


def run_events(events: Sequence[Event], *kinds: RunEventKind) -> list[RunEvent]:
    """The run events of *kinds* (all, when none is named)."""
    return [event for event in events if isinstance(event, RunEvent) and (not kinds or event.kind in kinds)]


def kinds(events: Sequence[Event]) -> list[str]:
    """The kinds of the run events, in order."""
    return [event.kind.value for event in run_events(events)]
