"""Sign → picture, drawn for the size at which it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import ImageDraw

from teamtactics.tray.drawing import digits
from teamtactics.tray.drawing.badge import BADGE, draw_badge
from teamtactics.tray.drawing.canvas import Canvas, Colour, Picture
from teamtactics.tray.drawing.theme import GREYS, Theme
from teamtactics.tray.sign import Badge, Face, Sign

__all__ = ["BACKGROUNDS", "SIZES", "Colour", "Picture", "Theme", "draw", "draw_app", "save_ico"]

SIZES = (16, 20, 24, 32, 48, 64)
"""The small-icon sizes of Windows at 100, 125, 150, 200, 300 and 400 %; any other size is drawn just as well."""

MOST_SHOWN = 99
"""The largest stint number that is drawn; a longer race shows this."""


BACKGROUNDS = {Theme.DARK: (32, 32, 32, 255), Theme.LIGHT: (243, 243, 243, 255)}
"""The taskbars of Windows 11."""


@dataclass(frozen=True, slots=True)
class _Ink:
    """The colours on one kind of taskbar; each at least 3:1 against it."""

    white: Colour
    black: Colour
    grey: Colour
    blue: Colour
    green: Colour
    amber: Colour
    teal: Colour
    violet: Colour
    red: Colour
    slate: Colour
    orange: Colour
    mark: Colour


_INK = {
    Theme.DARK: _Ink(
        white=(255, 255, 255, 255),
        black=(20, 20, 20, 255),
        grey=(*GREYS[Theme.DARK], 255),
        blue=(38, 122, 222, 255),
        green=(22, 145, 74, 255),
        amber=(255, 185, 0, 255),
        teal=(64, 210, 200, 255),
        violet=(214, 140, 255, 255),
        red=(222, 52, 44, 255),
        slate=(150, 172, 198, 255),
        orange=(255, 170, 0, 255),
        mark=(20, 20, 20, 255),
    ),
    Theme.LIGHT: _Ink(
        white=(255, 255, 255, 255),
        black=(20, 20, 20, 255),
        grey=(*GREYS[Theme.LIGHT], 255),
        blue=(0, 98, 204, 255),
        green=(10, 124, 60, 255),
        amber=(255, 176, 0, 255),
        teal=(0, 118, 114, 255),
        violet=(138, 36, 188, 255),
        red=(204, 28, 28, 255),
        slate=(70, 92, 120, 255),
        orange=(196, 104, 0, 255),
        mark=(255, 255, 255, 255),
    ),
}


@lru_cache(maxsize=64)
def draw(sign: Sign, size: int, theme: Theme) -> Picture:
    """
    Return the picture of *sign*, *size* × *size* px, with a transparent background.

    The same arguments return the same object; do not draw on it.
    """
    canvas = Canvas(size)
    number = None if sign.stint is None or sign.stint < 0 else str(min(sign.stint, MOST_SHOWN))
    ink = _INK[theme]
    _DRAWN[sign.face](canvas, ink, number, 0 if sign.badge is None else canvas.px(BADGE))
    if sign.badge is not None:
        is_red = sign.badge is Badge.DANGER
        draw_badge(canvas, sign.badge, ink.red if is_red else ink.orange, ink.white if is_red else ink.mark)
    return canvas.image


def _waiting(canvas: Canvas, ink: _Ink, _number: str | None, _top: int) -> None:
    canvas.disc(0, ink.grey)
    canvas.disc(canvas.px(2), None)


def _connected(canvas: Canvas, ink: _Ink, _number: str | None, _top: int) -> None:
    canvas.disc(0, ink.blue)
    canvas.disc(canvas.px(2), None)
    canvas.disc(canvas.px(5), ink.blue)


def _team_mate(canvas: Canvas, ink: _Ink, number: str | None, top: int) -> None:
    canvas.disc(0, ink.blue)
    _in_disc(canvas, number or "?", ink.white, canvas.px(1), top)


def _delivered(canvas: Canvas, ink: _Ink, number: str | None, top: int) -> None:
    size = canvas.size
    canvas.plate((0, 0, size, size), canvas.px(2), ink.green)
    _in_plate(canvas, number, ink.white, size, top)


def _recording(canvas: Canvas, ink: _Ink, number: str | None, top: int) -> None:
    """A plate with one bar of two below it: half of the way."""
    size, bar = canvas.size, canvas.px(2)
    foot = size - bar - canvas.px(1)
    canvas.plate((0, 0, size, foot), canvas.px(2), ink.slate)
    canvas.box((0, size - bar, size // 2, size), ink.slate)
    _in_plate(canvas, number, ink.black if _is_bright(ink.slate) else ink.white, foot, top)


def _unreachable(canvas: Canvas, ink: _Ink, number: str | None, top: int) -> None:
    """A plate with three dots below it: what waits."""
    size, dot = canvas.size, canvas.px(3)
    foot = size - dot - canvas.px(1)
    canvas.plate((0, 0, size, foot), canvas.px(2), ink.amber)
    for x in (0, (size - dot) // 2, size - dot):
        canvas.box((x, size - dot, x + dot, size), ink.amber)
    _in_plate(canvas, number, ink.black, foot, top)


def _local(canvas: Canvas, ink: _Ink, number: str | None, top: int) -> None:
    """An open box: what is recorded stays in here."""
    size, wall, cut = canvas.size, canvas.px(2), canvas.px(4)
    canvas.box((0, cut, wall, size), ink.teal)
    canvas.box((size - wall, cut, size, size), ink.teal)
    canvas.box((0, size - wall, size, size), ink.teal)
    inner = (wall + canvas.px(1), top, size - wall - canvas.px(1), size - wall - canvas.px(2))
    if number is None:
        canvas.box((wall * 2, size // 2, size - wall * 2, size // 2 + wall), ink.teal)
    else:
        canvas.text(number, inner, ink.teal)


def _silent_driver(canvas: Canvas, ink: _Ink, number: str | None, top: int) -> None:
    """A ring with gaps: somebody drives, but nobody tells of it."""
    wide = canvas.px(2)
    canvas.disc(0, ink.violet)
    canvas.disc(wide, None)

    def gaps(pen: ImageDraw.ImageDraw, fine: float) -> None:
        edge = canvas.size * fine - 1
        for turn in range(4):
            middle = 45 + 90 * turn
            pen.pieslice((-edge, -edge, 2 * edge, 2 * edge), middle - 17, middle + 17, fill=255)

    canvas.curve(gaps, None)
    _in_disc(canvas, number or "?", ink.violet, wide + canvas.px(0.5), top)


def _paused(canvas: Canvas, ink: _Ink, _number: str | None, _top: int) -> None:
    size, wide = canvas.size, canvas.px(5)
    for left in (canvas.px(1.5), size - canvas.px(1.5) - wide):
        canvas.plate((left, canvas.px(1), left + wide, size - canvas.px(1)), canvas.px(1), ink.slate)


def _stands_still(canvas: Canvas, ink: _Ink, _number: str | None, _top: int) -> None:
    """An hourglass: nobody knows what is true now, so there is no number either."""

    def shape(pen: ImageDraw.ImageDraw, fine: float) -> None:
        edge, middle, blunt = canvas.size * fine - 1, canvas.size * fine / 2, canvas.size * fine / 16
        left, right = middle - blunt, middle + blunt
        pen.polygon([(0, 0), (edge, 0), (right, middle), (edge, edge), (0, edge), (left, middle)], fill=255)

    canvas.curve(shape, ink.red)


def _in_plate(canvas: Canvas, number: str | None, colour: Colour, foot: int, top: int) -> None:
    side = canvas.px(2)
    if number is None:
        _tick(canvas, colour, foot)
    else:
        # Below a badge every pixel counts.
        below = foot - (canvas.px(1) if top and foot < canvas.size else side)
        canvas.text(number, (side, max(side, top), canvas.size - side, below), colour)


def _in_disc(canvas: Canvas, text: str, colour: Colour, edge: int, top: int) -> None:
    """
    Write *text* as large as its corners stay within the disc that is *edge* px smaller all around, and below *top*.
    """
    radius = canvas.size / 2 - edge
    if top:
        # The corners of the square within a disc; a pixel of grace as below.
        inset = round(canvas.size / 2 - radius * 0.72)
        canvas.text(text, (inset, max(inset, top), canvas.size - inset, canvas.size - inset), colour)
        return
    best = digits.Face(1, 1, 1, 1)
    for height in range(5, canvas.size):
        half_s = radius * radius - (height / 2) ** 2
        if half_s <= 0:
            break
        face = digits.fitting(text, int(2 * half_s**0.5), height)
        # A digit's corners are square, the disc's are not: a pixel of grace keeps the digits large.
        if face.width(text) * face.height > best.width(text) * best.height and _fits(face, text, radius):
            best = face
    x = (canvas.size - best.width(text)) // 2
    y = (canvas.size - best.height) // 2
    for box in digits.boxes(text, best, x, y):
        canvas.box(box, colour)


def _fits(face: digits.Face, text: str, radius: float) -> bool:
    return (face.width(text) / 2) ** 2 + (face.height / 2) ** 2 <= radius * radius


def _tick(canvas: Canvas, colour: Colour, foot: int) -> None:
    def shape(pen: ImageDraw.ImageDraw, fine: float) -> None:
        scale = canvas.size * fine / 16
        height = foot * fine
        points = [(3 * scale, height * 0.52), (6.5 * scale, height * 0.76), (13 * scale, height * 0.26)]
        pen.line(points, fill=255, width=round(2.4 * scale), joint="curve")

    canvas.curve(shape, colour)


def _is_bright(colour: Colour) -> bool:
    red, green, blue, _ = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue > 140


_DRAWN: dict[Face, Callable[[Canvas, _Ink, str | None, int], None]] = {
    Face.WAITING: _waiting,
    Face.CONNECTED: _connected,
    Face.TEAM_MATE: _team_mate,
    Face.DELIVERED: _delivered,
    Face.RECORDING: _recording,
    Face.UNREACHABLE: _unreachable,
    Face.LOCAL: _local,
    Face.SILENT_DRIVER: _silent_driver,
    Face.PAUSED: _paused,
    Face.STANDS_STILL: _stands_still,
}


def draw_app(size: int) -> Picture:
    """Return the picture of the application itself: a plate as of a car, its initials on a green line."""
    canvas, ink = Canvas(size), _INK[Theme.DARK]
    side, line = canvas.px(2), canvas.px(2)
    canvas.plate((0, 0, size, size), canvas.px(3), (24, 34, 48, 255))
    canvas.box((side, size - side - line, size - side, size - side), ink.green)
    canvas.text("TT", (side, side, size - side, size - side - line - canvas.px(1)), ink.white)
    return canvas.image


def save_ico(pictures: Sequence[Picture], path: str) -> None:
    """Write pictures of several sizes as one .ico; each size is stored as drawn, none is scaled."""
    largest, *others = sorted(pictures, key=lambda picture: -picture.width)
    sizes = [(picture.width, picture.height) for picture in (largest, *others)]
    largest.save(path, format="ICO", sizes=sizes, append_images=others)
