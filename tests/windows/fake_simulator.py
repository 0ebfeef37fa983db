"""
The simulator as Windows programs see it, played by a script of the race simulator: a process of Windows' Python.

    python tests/windows/fake_simulator.py --script solo --member 410001 --rate 60

Publishes the named mapping, pulses the data-valid event at every tick and answers the status question on port 32034,
for one member; the team-mates' simulators are memory images in ``--images``. On standard output, one JSON object a
line: ``ready``, ``lap``, ``driver``, ``left``, ``back``, ``ended``. It stands at its first tick until a line comes on
standard input. Further lines: ``leave`` ends the simulator before the next tick, orderly (``crash``: with its status
bit set and its memory gone); ``back`` starts it again, and the race goes on where it stood.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import mmap
import queue
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "app")]

from race_sim.image_race import ImageRace
from race_sim.member_image import MemberImage
from race_sim.named_scripts import script_named
from race_sim.session_text import session_text
from support.image_writer import MEMORY_SIZE, ImageWriter
from teamtactics.demo import views
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import Quirk, World

MAPPING = "Local\\IRSDKMemMapFileName"
EVENT = "Local\\IRSDKDataValidEvent"
STATUS = ("127.0.0.1", 32034)
_PORT_LIMIT_S = 120.0
"""How long to wait for the port: Wine shares it with the whole machine, where another test may play a simulator."""


class Simulator:
    """One running simulator: mapping, event and status answer, from ``__init__`` to ``close``."""

    def __init__(self, first_tick: int) -> None:
        self._image = ImageWriter(None, start_tick=first_tick, has_begin_counters=True)
        self._mapping = mmap.mmap(-1, MEMORY_SIZE, tagname=MAPPING)  # type: ignore[call-arg]  # Windows has it
        self._mapping[:] = bytes(self._image.memory)
        self._image.memory = self._mapping
        self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
        self._kernel.CreateEventW.restype = ctypes.c_void_p
        self._event = ctypes.c_void_p(self._kernel.CreateEventW(None, True, False, EVENT))
        if not self._event:
            raise OSError(f"no event {EVENT}: Windows error {ctypes.get_last_error()}")  # type: ignore[attr-defined]
        self._status = _status_server()

    def show(self, world: World, script: Script, member_id: int) -> None:
        """Publish one tick, and the session text when *world* has a new one."""
        if world.quirk is Quirk.MISSED:
            return
        values = {}
        if world.quirk is not Quirk.ZERO_FRAME:
            values = views.variables(views.frame(world, member_id), script.car_idx)
        self._image.write_tick(values, tick=world.tick)
        self.pulse()

    def pulse(self) -> None:
        """Wake whoever waits for data."""
        self._kernel.PulseEvent(self._event)

    def tell(self, text: str) -> None:
        """Publish a session text."""
        self._image.write_session_text(text)

    def close(self, *, orderly: bool = True) -> None:
        """End; a crash leaves the status bit set. The memory goes with the last who holds it."""
        if orderly:
            self._image.set_connected(False)
        self._kernel.CloseHandle(self._event)
        self._mapping.close()
        self._status.shutdown()
        self._status.server_close()


class _Status(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"connected:1\nrunning:1\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: standard output is for the test."""


def _status_server() -> HTTPServer:
    deadline_s = time.monotonic() + _PORT_LIMIT_S
    while True:
        try:
            server = HTTPServer(STATUS, _Status)
            break
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.2)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


class _UnnamedImage(MemberImage):
    """An image that keeps its unfinished name: Windows renames no file that is mapped, so the test does it."""

    def appear(self, part: Path) -> None:
        """Leave it to ``SimulatorProcess``."""


class Stage:
    """Plays worlds into the simulator and the team-mates' images, and obeys the lines of standard input."""

    def __init__(self, script: Script, member_id: int, images: Path | None) -> None:
        self._script = script
        self._member_id = member_id
        others = [] if images is None else [m.customer_id for m in script.members if m.customer_id != member_id]
        paths = {other: images / f"{other}.dump" for other in others} if images is not None else {}
        self._others = ImageRace(script, paths, make_image=_UnnamedImage) if paths else None
        self._simulator: Simulator | None = None
        self._text_version = -1
        self._orders: queue.Queue[str] = queue.Queue()

    def play(self, rate: float) -> None:
        """Play the script to its end."""
        worlds = ticks(self._script)
        first = next(worlds)
        self._show(first)
        tell("ready")
        threading.Thread(target=self._listen, name="orders", daemon=True).start()
        self._stand()
        laps, driver = first.lap_completed, first.driver
        due_s = time.monotonic()
        for world in worlds:
            # Never in a burst, also not after a pause: a client could not follow, the ring holds three ticks.
            due_s = max(due_s + 1.0 / rate, time.monotonic())
            time.sleep(max(0.0, due_s - time.monotonic()))
            self._obey(world)
            self._show(world)
            if world.lap_completed != laps:
                laps = world.lap_completed
                tell("lap", lap=laps)
            if world.driver != driver:
                driver = world.driver
                tell("driver", driver=driver)
        tell("ended")
        self._stand()

    def close(self) -> None:
        """End all simulators."""
        if self._simulator is not None:
            self._simulator.close()
        if self._others is not None:
            self._others.close()

    def _show(self, world: World) -> None:
        if self._others is not None:
            self._others.show(world)
        if self._simulator is None:
            self._simulator = Simulator(world.tick - 1)
            self._text_version = -1
        if world.text_version != self._text_version:
            self._text_version = world.text_version
            self._simulator.tell(session_text(world, self._member_id))
        self._simulator.show(world, self._script, self._member_id)

    def _stand(self) -> None:
        """Stand at this tick until an order comes; the event goes on, as a client waits for it to connect."""
        assert self._simulator is not None
        while True:
            try:
                self._orders.get(timeout=1.0 / 60.0)
            except queue.Empty:
                self._simulator.pulse()
            else:
                return

    def _obey(self, world: World) -> None:
        if self._orders.empty():
            return
        order = self._orders.get()
        if order not in ("leave", "crash"):
            raise ValueError(f"no order {order!r}")
        assert self._simulator is not None
        self._simulator.close(orderly=order == "leave")
        self._simulator = None
        tell("left", session_time=world.session_time)
        if self._orders.get() != "back":
            raise ValueError("only 'back' follows 'leave'")
        tell("back")

    def _listen(self) -> None:
        for line in sys.stdin:
            self._orders.put(line.strip())


def tell(event: str, **facts: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
    sys.stdout.flush()


@contextmanager
def _fine_timer() -> Iterator[None]:
    """Let Windows sleep to the millisecond; without, 60 Hz comes in steps of 15.6 ms."""
    timer = ctypes.WinDLL("winmm")  # type: ignore[attr-defined]
    timer.timeBeginPeriod(1)
    try:
        yield
    finally:
        timer.timeEndPeriod(1)


def main() -> int:
    parser = argparse.ArgumentParser(description="Play a scripted race as the simulator of one member on this PC.")
    parser.add_argument("--script", required=True, help="demo[:laps], random:seed[:laps[:members]] or a named script")
    parser.add_argument("--member", required=True, type=int, help="customer id")
    parser.add_argument("--images", type=Path, help="folder for the memory images of the team-mates")
    parser.add_argument("--rate", type=float, default=60.0, help="ticks a second: 60 is real time")
    chosen = parser.parse_args()
    try:
        script = script_named(chosen.script)
        script.member(chosen.member)
    except ValueError as error:
        parser.error(str(error))
    if chosen.images is not None:
        chosen.images.mkdir(parents=True, exist_ok=True)
    stage = Stage(script, chosen.member, chosen.images)
    try:
        with _fine_timer():
            stage.play(chosen.rate)
    finally:
        stage.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
