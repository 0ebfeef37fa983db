"""One member's simulator as a memory image: frames packed in one go, and a simulator that goes away and returns."""

from __future__ import annotations

import struct
from operator import itemgetter
from pathlib import Path
from typing import Any

from support.image_writer import TYPES, ImageWriter, Variable
from teamtactics.demo import views
from teamtactics.model.frame import Frame, InCar


class FramePacker:
    """
    Packs a frame into the bytes of a buffer, ten times as fast as variable by variable.

    Args:
        variables: The image's table of variables.

        car_idx: Where in the ``CarIdx…`` arrays the own car is; the others stay 0.

        in_car: Which in-car settings the car has.
    """

    def __init__(self, variables: list[Variable], car_idx: int, in_car: InCar) -> None:
        width = len(Frame._fields)
        # Which field of the frame goes where is asked of views.variables, so that it is written in one place only.
        settings = tuple((name, width + 4 + number) for number, (name, _) in enumerate(in_car))
        places: dict[str, Any] = {name: number for number, name in enumerate(Frame._fields)}
        numbers = views.variables(Frame(**{**places, "in_car": settings}), car_idx)
        numbers |= {"PlayerCarIdx": width, "IsReplayPlaying": width + 1}
        numbers |= dict.fromkeys(("SteeringWheelPctTorque", "dcStarter"), width + 2)
        form, picked = ["<"], []
        for name, kind, count in variables:
            _, letter, size = TYPES[kind]
            number = numbers[name]
            if isinstance(number, dict):
                number = number[car_idx]
                form.append(f"{size * car_idx}x{letter}{size * (count - car_idx - 1)}x")
            else:
                form.append(letter)
            picked.append(int(number))
        self._struct = struct.Struct("".join(form))
        self._pick = itemgetter(*picked)
        self._car_idx = car_idx

    def pack(self, frame: Frame) -> bytes:
        """Return the buffer's content."""
        settings = (value for _, value in frame.in_car or ())
        row = (*frame, self._car_idx, not frame.is_on_track, 0, 0, *settings)
        return self._struct.pack(*self._pick(row))


class MemberImage:
    """
    A member's simulator: appears under *path* when it holds its first text and tick.

    Args:
        path: Under which clients look for it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = path.with_name(path.name + ".part")
        self._writer = ImageWriter(self._part)
        self._is_shown = False
        self._tick_origin = 0
        self.session_tick_origin = 0

    @property
    def variables(self) -> list[Variable]:
        """The table of variables, the same for every image."""
        return self._writer.variables

    def write_text(self, text: str) -> None:
        """Replace the session text."""
        self._writer.write_session_text(text)

    def write(self, content: bytes, tick: int) -> None:
        """Publish a tick."""
        self._writer.write_whole_tick(content, tick - self._tick_origin)
        if not self._is_shown:
            # Only now: a client never sees an image that is half made.
            self.appear(self._part)
            self._is_shown = True

    def appear(self, part: Path) -> None:
        """Give the file its name."""
        part.replace(self.path)

    def write_zeros(self, tick: int) -> None:
        """Publish a tick in which every variable is zero."""
        self._writer.write_tick({}, tick=tick - self._tick_origin)

    def end(self, *, orderly: bool = True) -> None:
        """End the simulator; the file stays. Killed instead of ended it leaves its status bit set."""
        if orderly:
            self._writer.set_connected(False)
        self._writer.close()

    def restart(self, world_tick: int, session_tick: int) -> None:
        """
        Start the simulator anew at this tick of the world: another memory, with counters that begin again.

        The file appears with the first tick written after this; a text must be written before it.
        """
        self._writer = ImageWriter(self._part)
        self._is_shown = False
        self._tick_origin = world_tick - 1
        self.session_tick_origin = session_tick

    def frame(self, frame: Frame) -> Frame:
        """Return *frame* as this simulator counts: ``SessionTick`` begins anew at a rejoin (SIMULATOR#clock)."""
        if not self.session_tick_origin or frame.session_tick is None:
            return frame
        return frame._replace(session_tick=max(0, frame.session_tick - self.session_tick_origin))
