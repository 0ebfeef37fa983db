"""The scripted race as a source of frames, in the shape that the collector reads any simulator."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from teamtactics.demo import views
from teamtactics.demo.actions import ALL_TYRES, DriveThrough, Service, Stop, Tow, Untimed
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Member, Quirks, Script, Session, StartKind
from teamtactics.demo.world import Quirk, World
from teamtactics.language import Said
from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo

MIN_LAPS = 4
MAX_LAPS = 1_000
"""Eleven hours of racing: what the demo shows is shown long before, and each lap takes room in memory and on disk."""
_STINT_LAPS = 25
_FUEL_PER_LAP_L = 2.75
"""What a lap of the demo burns, idling and pit stops included, rounded up."""
_BATCH = 600
"""Frames per read at full speed: ten seconds of racing, so that a caller can stop and show progress in between."""


class ScriptSource:
    """
    The scripted race as one member's simulator shows it.

    Args:
        speed: Multiple of real time; None for as fast as it goes.

        key: What the source calls itself; ``live`` makes it look like a simulator.

        batch: The most frames that one read returns.

        began_utc: The moment of session time 0 of the first session.

        monotonic, wait: Clock and pause of the pacing, for tests.

    Attributes:
        world: The world at the newest frame; None before the first.
    """

    def __init__(
        self,
        script: Script,
        member_id: int,
        speed: float | None = None,
        *,
        key: str = "demo",
        batch: int = _BATCH,
        began_utc: datetime = datetime(2025, 9, 4, 12, 0, tzinfo=UTC),
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        script.member(member_id)
        if speed is not None and speed <= 0.0:
            raise ValueError("speed is a multiple of real time above 0, or None for as fast as it goes")
        self.name = f"script {script.name!r}"
        self.key = key
        self.info: SessionInfo | None = None
        self.text: bytes | None = None
        self.missed_ticks = 0
        self.missing_variables: Sequence[str] = ()
        self.derived_variables: Sequence[str] = ()
        self.world: World | None = None
        self._script = script
        self._member_id = member_id
        self._speed = speed
        self._batch = batch
        self._began_utc = began_utc
        self._monotonic = monotonic
        self._wait = threading.Event().wait if wait is None else wait
        self._ticks: Iterator[World] | None = None
        self._held: tuple[Frame, SessionInfo] | None = None
        self._text_version = -1
        self._started_s = 0.0
        self._read_ticks = 0
        self._has_ended = False

    @property
    def has_ended(self) -> bool:
        """True when the script is told to its end."""
        return self._has_ended and self._held is None

    def connect(self) -> bool:
        """Begin the script, or go on where it was left; always succeeds."""
        if self._ticks is None:
            self._ticks = ticks(self._script)
        self._started_s = self._monotonic() - (self._read_ticks / 60.0 / self._speed if self._speed else 0.0)
        return True

    def read(self, timeout_s: float) -> Sequence[Frame]:
        """Return the frames that are due; a batch ends where the session text changes."""
        if self._ticks is None or self.has_ended:
            return []
        wanted = self._due(timeout_s)
        frames: list[Frame] = []
        if self._held is not None:
            frame, self.info = self._held
            self._held = None
            frames.append(frame)
        while len(frames) < wanted:
            world = next(self._ticks, None)
            if world is None:
                self._has_ended = True
                break
            if not self._take(world, frames):
                break
        return frames

    def _take(self, world: World, frames: list[Frame]) -> bool:
        """Add this tick to *frames*; False when it has to wait for the next batch because the text changes with it."""
        self.world = world
        self._read_ticks += 1
        if world.quirk is Quirk.MISSED:
            self.missed_ticks += 1
            return True
        frame = views.frame(world, self._member_id)
        if world.text_version != self._text_version:
            self._text_version = world.text_version
            info = views.session_info(world, self._member_id)
            if self.info is None:
                self.info = info
            elif info != self.info:
                self._held = (frame, info)
                return False
        frames.append(frame)
        return True

    def utc_at(self, session_time_s: float) -> datetime:
        """Return the moment at which the frame of *session_time_s* was true, were the script real."""
        read_s = self._read_ticks / 60.0
        now_s = self.world.session_time if self.world is not None else 0.0
        return self._began_utc + timedelta(seconds=read_s - now_s + session_time_s)

    def disconnect(self) -> None:
        """Pause; ``connect`` goes on."""

    def _due(self, timeout_s: float) -> int:
        if self._speed is None:
            return self._batch
        due = self._due_now()
        if due <= 0:
            self._wait(min(timeout_s, (1 - due) / 60.0 / self._speed))
            due = self._due_now()
        return min(self._batch, due)

    def _due_now(self) -> int:
        assert self._speed is not None, "only a paced source asks what is due"
        return int((self._monotonic() - self._started_s) * 60.0 * self._speed) - self._read_ticks


def default_script(laps: int = 12) -> Script:
    """
    Return the race of the demo: two drivers, a change with refuelling, a drive-through, an untimed lap, and a tow.

    Raises:
        ValueError: Fewer than ``MIN_LAPS`` laps: that is too short for all of it; or more than ``MAX_LAPS``.
    """
    if laps > MAX_LAPS:
        raise ValueError(Said("the demo race has {most} laps at most, not {laps}", most=MAX_LAPS, laps=laps))
    if laps < MIN_LAPS:
        raise ValueError(
            Said(
                "the demo race needs at least {least} laps to show what it shows, not {laps}", least=MIN_LAPS, laps=laps
            )
        )
    ada, ben = Member(310_001, "Ada Falk"), Member(310_002, "Ben Ruiz")
    stops = [*range(max(1, min(laps // 3, _STINT_LAPS)), laps - _STINT_LAPS // 2, _STINT_LAPS)] or [laps // 3]
    untimed = max(2, laps // 2) if laps >= 6 else stops[0] + 1
    drive_through = max(untimed, (2 * laps) // 3)
    tow_lap = max(drive_through + 1, (5 * laps) // 6)
    race = Session(
        laps=laps,
        actions=(
            *_stops([lap - (lap in (drive_through, tow_lap)) for lap in stops], laps, (ben, ada)),
            Untimed(untimed),
            DriveThrough(drive_through),
            Tow(tow_lap, 0.55, tow_s=20.0, service=Service(fuel_l=10.0, repair_s=8.0)),
        ),
        fuel_l=10.0 + _FUEL_PER_LAP_L * (stops[0] + 2),
        start=StartKind.ROLLING,
    )
    return Script(
        name="demo",
        members=(ada, ben),
        sessions=(race,),
        team_name="Falk & Ruiz Racing",
        quirks=Quirks(fuel_zero=1.0),
    )


def _stops(stop_laps: list[int], laps: int, drivers: tuple[Member, ...]) -> list[Stop]:
    """Change driver at each stop and fill what the next stint burns."""
    ends = [*stop_laps[1:], laps + 1]
    return [
        Stop(
            lap,
            Service(fuel_l=max(30.0, _FUEL_PER_LAP_L * (end - lap)), tyres=ALL_TYRES),
            next_driver=drivers[number % len(drivers)].customer_id,
        )
        for number, (lap, end) in enumerate(zip(stop_laps, ends, strict=True))
    ]
