"""
The installer's pictures, drawn with the program's own icon; to look at them: ``python installer/pictures.py FOLDER``.

``side.bmp`` stands beside the welcome, ``header.bmp`` over every other page, ``tray.bmp`` on the last one shows where
the icon is. Windows' set-up programs want them as BMP of just these sizes; build.py makes them anew for each installer.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "app"))

from PIL import Image, ImageDraw, ImageFont

from teamtactics.tray.drawing.picture import BACKGROUNDS, Theme, draw, draw_app
from teamtactics.tray.sign import Face, Sign

SIDE, HEADER, TRAY = (164, 314), (150, 57), (260, 40)
"""Width and height in pixels; the first two are what NSIS's Modern UI has room for."""

_FINE = 4
"""Letters and round corners are drawn so many times larger and reduced."""
_NAME = "teamtactics"
_TOP, _FOOT = (44, 62, 86), (15, 21, 31)
_WHITE, _PALE, _INK, _GREEN = (255, 255, 255), (150, 172, 198), (24, 34, 48), (22, 145, 74)
_BLUE, _AMBER, _TEAL = (38, 122, 222), (255, 185, 0), (64, 210, 200)
# A race of four drivers as the strategist sees it: whose stint, from where to where, in hundredths of the race.
_STINTS = (
    (_BLUE, ((0, 19), (51, 68))),
    (_GREEN, ((20, 34), (69, 84))),
    (_AMBER, ((35, 50),)),
    (_TEAL, ((85, 100),)),
)

Colour = tuple[int, int, int]


def write(folder: Path) -> None:
    """Write all of them into *folder*, which exists."""
    for name, picture in (("side", side()), ("header", header()), ("tray", tray())):
        picture.save(folder / f"{name}.bmp")


def side() -> Image.Image:
    """Draw the picture beside the welcome: the icon, the name, and stints of a race."""
    image = _shade(SIDE)
    plate = 76
    left, top = (SIDE[0] - plate) // 2, 40
    _plate(image, (left - 2, top - 2, left + plate + 2, top + plate + 2), 16, (86, 106, 134))
    _paste(image, draw_app(plate), left, top)
    _letters(image, _NAME, (SIDE[0] / 2, 146), 22, _WHITE, "mm")
    _stints(image, 22, 196, SIDE[0] - 44)
    return image


def header() -> Image.Image:
    """Draw the picture over the other pages: the name and the icon, on the white of Windows' own headers."""
    image = Image.new("RGB", HEADER, _WHITE)
    plate = 37
    left, top = HEADER[0] - plate - 10, (HEADER[1] - plate) // 2
    _paste(image, draw_app(plate), left, top)
    _letters(image, _NAME, (left - 9, HEADER[1] / 2 - 2), 16, _INK, "rm")
    return image


def tray() -> Image.Image:
    """Draw the right end of a taskbar, as Windows 11 has it, with the program's icon pointed out."""
    image = Image.new("RGB", TRAY, BACKGROUNDS[Theme.DARK][:3])
    middle = TRAY[1] // 2
    _chevron(image, 74, middle)
    _plate(image, (92, 2, 128, TRAY[1] - 2), 8, _GREEN)
    _plate(image, (94, 4, 126, TRAY[1] - 4), 6, (58, 58, 58))
    _paste(image, draw(Sign(Face.WAITING), 20, Theme.DARK), 100, middle - 10)
    _network(image, 148, middle)
    _loudspeaker(image, 176, middle)
    _letters(image, "20:00", (TRAY[0] - 14, middle - 8), 12, _WHITE, "rm")
    _letters(image, "24/06", (TRAY[0] - 14, middle + 8), 12, _WHITE, "rm")
    return image


def _shade(size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size)
    pen = ImageDraw.Draw(image)
    for y in range(size[1]):
        part = y / (size[1] - 1)
        colour = tuple(round(a + (b - a) * part) for a, b in zip(_TOP, _FOOT, strict=True))
        pen.line((0, y, size[0], y), fill=colour)
    return image


def _stints(image: Image.Image, left: int, top: int, width: int) -> None:
    """Draw a row for each driver with a bar for each stint, and the lines of the hours behind them."""
    row, thick = 22, 10
    pen = ImageDraw.Draw(image)
    for hour in range(5):
        x = left + round(hour * width / 4)
        pen.line((x, top - 8, x, top + row * len(_STINTS) - 4), fill=(52, 66, 86))
    for index, (colour, stints) in enumerate(_STINTS):
        y = top + index * row
        for begin, end in stints:
            box = (left + width * begin // 100, y, left + width * end // 100, y + thick)
            _plate(image, box, thick // 2, colour)


def _plate(image: Image.Image, box: tuple[int, int, int, int], radius: int, colour: Colour) -> None:
    left, top, right, bottom = box
    size = ((right - left) * _FINE, (bottom - top) * _FINE)
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius * _FINE, fill=255)
    mask = mask.resize((right - left, bottom - top), Image.Resampling.BOX)
    image.paste(Image.new("RGB", mask.size, colour), (left, top), mask)


def _letters(image: Image.Image, text: str, at: tuple[float, float], size: int, colour: Colour, anchor: str) -> None:
    mask = _mask(image)
    where = (at[0] * _FINE, at[1] * _FINE)
    font = ImageFont.load_default(size * _FINE)
    ImageDraw.Draw(mask).text(where, text, fill=255, font=font, anchor=anchor)
    _through(image, mask, colour)


def _chevron(image: Image.Image, x: int, y: int) -> None:
    _line(image, [(x - 5, y + 3), (x, y - 2), (x + 5, y + 3)], 1.6, _WHITE)


def _network(image: Image.Image, x: int, y: int) -> None:
    mask = _mask(image)
    pen = ImageDraw.Draw(mask)
    for radius in (11, 7, 3):
        box = tuple(round(value * _FINE) for value in (x - radius, y + 6 - radius, x + radius, y + 6 + radius))
        pen.arc(box, 225, 315, fill=255, width=round(1.8 * _FINE))
    _through(image, mask, _WHITE)


def _loudspeaker(image: Image.Image, x: int, y: int) -> None:
    mask = _mask(image)
    pen = ImageDraw.Draw(mask)
    points = [(-8, -2), (-5, -2), (0, -6), (0, 6), (-5, 2), (-8, 2)]
    pen.polygon([((x + a) * _FINE, (y + b) * _FINE) for a, b in points], fill=255)
    for radius in (4, 8):
        box = tuple(round(value * _FINE) for value in (x - radius, y - radius, x + radius, y + radius))
        pen.arc(box, -42, 42, fill=255, width=round(1.5 * _FINE))
    _through(image, mask, _WHITE)


def _line(image: Image.Image, points: list[tuple[float, float]], wide: float, colour: Colour) -> None:
    mask = _mask(image)
    fine = [(x * _FINE, y * _FINE) for x, y in points]
    ImageDraw.Draw(mask).line(fine, fill=255, width=round(wide * _FINE), joint="curve")
    _through(image, mask, colour)


def _mask(image: Image.Image) -> Image.Image:
    return Image.new("L", (image.width * _FINE, image.height * _FINE), 0)


def _through(image: Image.Image, mask: Image.Image, colour: Colour) -> None:
    image.paste(Image.new("RGB", image.size, colour), (0, 0), mask.resize(image.size, Image.Resampling.BOX))


def _paste(image: Image.Image, picture: Image.Image, left: int, top: int) -> None:
    image.paste(picture, (left, top), picture)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
