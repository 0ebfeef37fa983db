"""
Plays a script into memory images, one for each member, as their simulators would: a process of its own.

    python tests/race_sim/image_race.py --script demo:12 --member all --image /tmp/race --rate 60
    python tests/race_sim/image_race.py --script random:7:20:3 --member 400001 --image /tmp/live.dump --rate 600

With ``--member all`` the image is a folder that gets ``<customer id>.dump`` for each member; all show the same world.
The images appear under their names when they hold the first text and the first tick. On standard output, one JSON
object a line: ``ready`` with the paths, ``lap`` at each crossing, ``ended``. With ``--wait`` the race stands at its
first tick until a line comes on standard input, so that the clients can be started first.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":  # started as a script, not imported by a test
    sys.path.insert(0, str(Path(__file__).parents[1]))

from race_sim.member_image import FramePacker, MemberImage
from race_sim.named_scripts import script_named
from race_sim.session_text import session_text
from teamtactics.demo import views
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import Quirk, World
from teamtactics.model.frame import Frame

Tell = Callable[[dict[str, object]], None]


@dataclass(frozen=True, slots=True)
class Shown:
    """
    What the simulators publish in one tick.

    Attributes:
        texts: New session texts by customer id.

        contents: The buffer by customer id; None for a tick of zeros. Empty for a tick that nobody sees.
    """

    tick: int
    texts: dict[int, str]
    contents: dict[int, bytes | None]


class ImageRace:
    """
    One world, and a memory image for each member who watches or drives.

    A tick is shown in two steps: ``render`` makes what each simulator publishes while the clients may still be reading
    the tick before, ``write`` publishes it.

    Args:
        paths: Where each member's image is to be, by customer id.

        replays: Further images: of somebody who replays what that member saw.

        make_image: Makes an image for a path.
    """

    def __init__(
        self,
        script: Script,
        paths: Mapping[int, Path],
        replays: Mapping[int, Path] | None = None,
        make_image: Callable[[Path], MemberImage] = MemberImage,
    ) -> None:
        for member_id in (*paths, *(replays or {})):
            script.member(member_id)
        self._replays = {member_id: make_image(path) for member_id, path in (replays or {}).items()}
        self._images = {member_id: make_image(path) for member_id, path in paths.items()}
        self._gone: set[int] = set()
        self._packer = FramePacker(next(iter(self._images.values())).variables, script.car_idx, script.car.in_car)
        self._texts: dict[int, str] = {}
        self._text_version = -1

    def show(self, world: World) -> None:
        """Write this tick, with a new session text before it where there is one, into every image."""
        self.write(self.render(world))

    def render(self, world: World) -> Shown:
        """Return what every simulator is to publish in this tick; *world* may move on afterwards."""
        there = {member_id: image for member_id, image in self._images.items() if member_id not in self._gone}
        texts: dict[int, str] = {}
        if world.text_version != self._text_version:
            self._text_version = world.text_version
            self._texts = texts = {member_id: session_text(world, member_id) for member_id in self._images}
        if world.quirk is Quirk.MISSED:
            return Shown(world.tick, texts, {})
        if world.quirk is Quirk.ZERO_FRAME:
            return Shown(world.tick, texts, dict.fromkeys(there))
        contents: dict[int, bytes | None] = {}
        packed: dict[Frame, bytes] = {}  # most members watch, and all watchers see the same
        for member_id, image in there.items():
            frame = image.frame(views.frame(world, member_id))
            content = packed.get(frame)
            if content is None:
                content = packed[frame] = self._packer.pack(frame)
            contents[member_id] = content
        return Shown(world.tick, texts, contents)

    def write(self, shown: Shown) -> None:
        """Publish what ``render`` made."""
        for member_id, text in shown.texts.items():
            if member_id not in self._gone:
                self._images[member_id].write_text(text)
            if member_id in self._replays:
                self._replays[member_id].write_text(text.replace("SimMode: full", "SimMode: replay"))
        for member_id, content in shown.contents.items():
            if content is None:
                self._images[member_id].write_zeros(shown.tick)
            else:
                self._images[member_id].write(content, shown.tick)
                if member_id in self._replays:
                    self._replays[member_id].write(content, shown.tick)

    def end_simulator(self, member_id: int, *, orderly: bool) -> None:
        """Let the simulator of *member_id* end, or die with its status bit set."""
        self._images[member_id].end(orderly=orderly)
        self._gone.add(member_id)

    def is_running(self, member_id: int) -> bool:
        """Whether the simulator of *member_id* is there."""
        return member_id not in self._gone

    def restart_simulator(self, member_id: int, world: World) -> None:
        """Let the simulator of *member_id* join again from this tick on, with counters that begin anew."""
        image = self._images[member_id]
        image.restart(world.tick, world.session_tick)
        image.write_text(self._texts[member_id])
        self._gone.discard(member_id)

    def close(self) -> None:
        """End the simulators in an orderly way; the files stay."""
        for member_id in self._images.keys() - self._gone:
            self.end_simulator(member_id, orderly=True)
        for image in self._replays.values():
            image.end()


def paced(
    worlds: Iterable[World], rate: float, monotonic: Callable[[], float], wait: Callable[[float], object]
) -> Iterator[World]:
    """Yield the world *rate* times a second, without drifting; 0 for as fast as it goes."""
    began_s: float | None = None
    for count, world in enumerate(worlds):
        if rate > 0.0:
            now_s = monotonic()
            began_s = now_s if began_s is None else began_s
            ahead_s = began_s + count / rate - now_s
            if ahead_s > 0.0:
                wait(ahead_s)
        yield world


def play(script: Script, paths: Mapping[int, Path], rate: float, tell: Tell, go: Callable[[], object]) -> None:
    """Play *script* to its end; *go* is called once the images are there and may wait."""
    race = ImageRace(script, paths)
    worlds = ticks(script)
    try:
        first = next(worlds)
        race.show(first)
        tell({"event": "ready", "images": {str(member_id): str(path) for member_id, path in paths.items()}})
        go()
        laps = first.lap_completed
        for world in paced(worlds, rate, time.monotonic, time.sleep):
            race.show(world)
            if world.lap_completed != laps:
                laps = world.lap_completed
                tell({"event": "lap", "lap": laps, "session": world.session_num, "time": world.session_time})
        tell({"event": "ended"})
    finally:
        race.close()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Play a scripted race into memory images.")
    parser.add_argument("--script", required=True, help="demo[:laps], random:seed[:laps[:members]] or a named script")
    parser.add_argument("--member", default="all", help="customer id, several with commas, or 'all'")
    parser.add_argument("--image", required=True, type=Path, help="file; for several members a folder")
    parser.add_argument(
        "--rate", type=float, default=60.0, help="ticks a second: 60 is real time, 0 as fast as it goes"
    )
    parser.add_argument("--wait", action="store_true", help="stand at the first tick until a line comes on stdin")
    chosen = parser.parse_args(arguments)
    try:
        script = script_named(chosen.script)
        paths = _paths(script, chosen.member, chosen.image)
    except ValueError as error:
        parser.error(str(error))
    play(script, paths, chosen.rate, _tell, sys.stdin.readline if chosen.wait else lambda: None)
    return 0


def _paths(script: Script, wanted: str, image: Path) -> dict[int, Path]:
    known = [member.customer_id for member in script.members]
    members = known if wanted == "all" else [int(text) for text in wanted.split(",")]
    for member_id in members:
        if member_id not in known:
            raise ValueError(f"{member_id} is no member of {script.name!r}; its members are {known}")
    if wanted != "all" and len(members) == 1:
        return {members[0]: image}
    image.mkdir(parents=True, exist_ok=True)
    return {member_id: image / f"{member_id}.dump" for member_id in members}


def _tell(event: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
