"""
All of the tray app but its icon: the product composes itself, the test plays icon, simulator and cloud.

The simulator is a script that hands out ticks when it is asked, and stands still at its gates until they are opened;
the cloud keeps in memory what was delivered.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from teamtactics.demo.actions import ALL_TYRES, Stop
from teamtactics.demo.actions import Service as PitService
from teamtactics.demo.play import ScriptSource
from teamtactics.demo.script import Member, Script, Session, StartKind, Track
from teamtactics.model.frame import Frame
from teamtactics.model.mirror import CaughtUp, Word
from teamtactics.model.parcel import StoredParcel
from teamtactics.model.session import SessionInfo
from teamtactics.reports import check
from teamtactics.service import app as app_module
from teamtactics.service import startup, tray_app
from teamtactics.service.app import App
from teamtactics.service.menu import commands as commands_module
from teamtactics.service.menu.commands import Commands
from teamtactics.service.service import Service
from teamtactics.telemetry import opening
from teamtactics.tray.menu import Choice
from teamtactics.tray.presenter import Client, Presenter
from teamtactics.tray.sign import Face
from teamtactics.worker import Worker

ADA = Member(410_001, "Ada Falk")
TRACK = Track(length_m=1_000.0, pit_entry_m=800.0, stall_m=900.0, pit_exit_m=150.0)
STOP = Stop(2, PitService(fuel_l=25.0, tyres=ALL_TYRES))
SCRIPT = Script(
    members=(ADA,),
    sessions=(
        Session(type="Practice", start=StartKind.PITS, laps=3, fuel_l=30.0),
        Session(laps=4, actions=(STOP,), start=StartKind.ROLLING, fuel_l=40.0),
    ),
    track=TRACK,
    lap_time_s=20.0,
)
LAPS = 3 + 4 + 1
"""Of both sessions, with the cool-down lap."""
BATCH = 10
"""Ticks that a read hands out: a sixth of a second."""


class Killed(BaseException):
    """Thrown into a thread; nobody can take it for an error that he expects."""


class Simulator:
    """The script as a live source: one after the other it comes to its *gates*, and waits there."""

    name, key = "script", "live"
    text: bytes | None = None
    missed_ticks = 0
    missing_variables: Sequence[str] = ()
    derived_variables: Sequence[str] = ()

    def __init__(self, *gates: Callable[[ScriptSource], bool]) -> None:
        self.at_gate = threading.Event()
        self.batch_s = 0.0
        self._script = ScriptSource(SCRIPT, ADA.customer_id, None, key="live", batch=BATCH)
        self._gates = list(gates)

    @property
    def info(self) -> SessionInfo | None:
        return self._script.info

    @property
    def has_ended(self) -> bool:
        return self._script.has_ended

    def connect(self) -> bool:
        return self._script.connect()

    def read(self, timeout_s: float) -> Sequence[Frame]:
        if self._gates and self._gates[0](self._script):
            self.at_gate.set()
            time.sleep(min(timeout_s, 0.01))
            return ()
        if self.batch_s:
            time.sleep(self.batch_s)
        return self._script.read(timeout_s)

    def open_gate(self) -> None:
        self.at_gate.clear()
        del self._gates[0]

    def utc_at(self, session_time_s: float) -> datetime:
        return self._script.utc_at(session_time_s)

    def disconnect(self) -> None:
        self._script.disconnect()


def at_start(_script: ScriptSource) -> bool:
    return True


def in_the_race(script: ScriptSource) -> bool:
    return _session(script) == 1 and script.world is not None and script.world.lap_completed >= 1


def at_the_session_change(script: ScriptSource) -> bool:
    return _session(script) == 1


def _session(script: ScriptSource) -> int:
    return -1 if script.world is None else script.world.session_num


class Sink:
    """A server that takes everything."""

    max_batch = 10
    conflict: str | None = None

    def __init__(self, name: str, got: dict[tuple[str, str], StoredParcel]) -> None:
        self.name = name
        self._got = got

    def deliver(self, parcels: Sequence[StoredParcel]) -> None:
        self._got.update({(stored.parcel.collection, stored.parcel.key): stored for stored in parcels})

    def check(self) -> str:
        return "ok"

    def close(self) -> None:
        pass


class Reader:
    """A collection in which nothing stands."""

    def changed(self, *_: object) -> tuple[()]:
        return ()

    def close(self) -> None: ...


class Stream:
    """A watch of an empty collection on which nothing ever changes."""

    def __init__(self) -> None:
        self._closed = threading.Event()

    def answers(self) -> Iterable[Word | None]:
        yield CaughtUp()
        while not self._closed.wait(0.02):
            pass

    def close(self) -> None:
        self._closed.set()


class TrayClient:
    """
    One run of the tray app in *folder*; ``play`` gets it while it runs, in the tray's place and thread.

    Attributes:
        got: By sink name what was delivered.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, simulator: Simulator) -> None:
        self.simulator = simulator
        self.got: dict[str, dict[tuple[str, str], StoredParcel]] = {"firestore": {}, "pubsub": {}}
        self.may_check = threading.Event()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.write()
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
            monkeypatch.setenv(name, str(folder))
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "here:1")
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", "here:2")
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "matrix")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.setenv(name, "localhost")
        monkeypatch.setattr(opening, "open_source", lambda *_: simulator)
        monkeypatch.setattr(
            app_module, "firestore_sink", lambda _settings, **_: Sink("firestore", self.got["firestore"])
        )
        monkeypatch.setattr(app_module, "pubsub_sink", lambda _settings: Sink("pubsub", self.got["pubsub"]))
        monkeypatch.setattr(app_module, "collection_reader", lambda *_: Reader())
        monkeypatch.setattr(app_module, "collection_stream", lambda *_: Stream())
        monkeypatch.setattr(startup, "stop_on_signals", lambda _stop: None)
        monkeypatch.setattr(commands_module, "open_path", lambda _path: None)
        monkeypatch.setattr(check, "run_checks", self._check)
        self._monkeypatch = monkeypatch

    def write(self, state_interval_s: int = 30) -> None:
        (self.folder / "teamtactics.ini").write_text(
            f"[global]\nlogfile = log.txt\ndataDir = data\nmessageTopic = laps\nstateInterval = {state_interval_s}\n"
        )

    def run(self, play: Callable[[TrayClient], None]) -> None:
        def icon(make: Callable[[], Client]) -> None:
            client = make()
            assert isinstance(client, Commands)
            self.commands, self.service = client, client._service
            self.presenter = Presenter(client)
            client.begin()
            try:
                play(self)
            finally:
                self.may_check.set()
                client.choose(Choice.QUIT)
                self.until(lambda: client.is_over, "the end", 20.0)

        with self._monkeypatch.context() as patch:
            patch.setattr(tray_app, "run_icon", icon)
            assert tray_app.run_tray(self.folder / "teamtactics.ini") == 0

    commands: Commands
    service: Service
    presenter: Presenter

    @property
    def workers(self) -> dict[str, Worker]:
        """Every long-lived thread that the product knows of, by name."""
        return {worker.name: worker for worker in (*self.service.workers, self.service._supervision.worker)}

    def face(self) -> Face:
        """What the icon shows now; the tray asks about once a second."""
        return self.presenter.next().sign.face

    def looks_bad(self) -> bool:
        """Whether the icon says that something is wrong."""
        sign = self.presenter.next().sign
        return sign.badge is not None or sign.face is Face.STANDS_STILL

    def laps(self) -> dict[tuple[str, str], Any]:
        """The lap documents that Firestore got."""
        found = self.got["firestore"].items()
        return {key: stored.parcel.document for key, stored in found if key[1].startswith("lap/")}

    def until(self, holds: Callable[[], bool], what: str, timeout_s: float = 15.0) -> float:
        """Wait until it holds, looking at the icon meanwhile as the tray does; return how long that took, s."""
        began_s = time.monotonic()
        while not holds():
            assert time.monotonic() - began_s < timeout_s, f"not within {timeout_s} s: {what}\n{self.log()}"
            self.presenter.next()
            time.sleep(0.01)
        return time.monotonic() - began_s

    def until_all_is_delivered(self) -> None:
        self.until(lambda: self.service._app is not None, "the store is open")
        app = self.service._app
        assert app is not None
        self.until(lambda: app.collecting.has_returned, "the race was read", 40.0)
        self.until(lambda: app.writer.backlog == 0, "everything is on disk")
        self.until(lambda: app.waiting() == 0, "everything was delivered")

    @property
    def is_settled(self) -> bool:
        """Whether all that the simulator has told is followed, on disk and delivered."""
        app = self.service._app
        return app is not None and is_on_disk(app) and app.waiting() == 0

    def log(self) -> str:
        return (self.folder / "log.txt").read_text()[-6000:]

    def _check(self, *_: object) -> list[object]:
        while not self.may_check.wait(0.02):
            pass
        return []


def is_on_disk(app: App) -> bool:
    """
    Whether all that the simulator has told is followed and on disk.

    While a slow store is asked, the ticks up to the gate are held; the answer is there before they are followed, and
    what is followed may ask again. So that comes first: an empty journal means little before it.
    """
    following = app.collector._following
    return not following.is_waiting and not following._seen.ahead_ticks and not app.writer.backlog


def throw(victim: threading.Thread) -> bool:
    """
    Throw ``Killed`` into *victim*, which meets it when it runs Python again; False when it has ended.

    Not while it begins, and tells whoever has begun it that it has: he would wait for ever. Nor while it begins another
    one, which goes by its number until it runs (Python 3.11) and would be hit in its place. Nor while it writes a line
    of the log: no error of its own comes between logging's taking of its lock and the ``try`` behind it, and a lock
    that nobody gives back would hold every other thread for ever.
    """
    while (frame := sys._current_frames().get(victim.ident or 0)) is not None and not _may_die(frame):
        time.sleep(0.001)
    put = ctypes.pythonapi.PyThreadState_SetAsyncExc
    return bool(put(ctypes.c_ulong(victim.ident or 0), ctypes.py_object(Killed)))


def _may_die(frame: FrameType) -> bool:
    stack: list[FrameType] = []
    below: FrameType | None = frame
    while below is not None:
        stack.append(below)
        below = below.f_back
    codes = {each.f_code for each in stack}
    is_in_logging = any(each.f_globals.get("__name__") == "logging" for each in stack)
    return not is_in_logging and threading.Thread.run.__code__ in codes and threading.Thread.start.__code__ not in codes
