"""Reads the tray icon as a driver does: which of the program's faces is it, with which stint number?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from teamtactics.tray.drawing.picture import Theme, draw
from teamtactics.tray.sign import Badge, Face, Sign
from windows.desktop import Desktop

SIZE = 16
_SIGNS = [Sign(face, stint, badge) for badge in (None, *Badge) for face in Face for stint in (None, *range(1, 7))]
_LARGEST = 12.0
"""Mean difference of a channel (0 to 255) up to which it is the picture: scaling and blending leave less than 5."""


class LikeNoFace(AssertionError):
    """The picture is none of the program's."""


def shows(pc: Desktop, is_it: Callable[[Sign], bool]) -> bool:
    """Tell whether the icon is such a sign now; a shot of the moment in which it is painted is like none."""
    try:
        return is_it(seen(pc))
    except LikeNoFace:
        return False


def seen(pc: Desktop) -> Sign:
    """
    Return the sign whose picture the icon in the tray is.

    Raises:
        LikeNoFace: It is none of them.
    """
    shot = pc.screen.shot(pc.folder / "icon.png", pc.screen.icon())
    return nearest(shot)


def nearest(shot: Path) -> Sign:
    """
    Return the sign that is most like the picture *shot* of the icon and its surroundings.

    Raises:
        LikeNoFace: It is like none of them.
    """
    with Image.open(shot) as opened:
        picture = opened.convert("RGB")
    ground = picture.getpixel((0, 0))
    assert isinstance(ground, tuple)
    found = min(
        (_difference(picture, _drawn(sign, theme, ground), x, y), index)
        for index, sign in enumerate(_SIGNS)
        for theme in Theme
        for x in range(picture.width - SIZE + 1)
        for y in range(picture.height - SIZE + 1)
    )
    if found[0] > _LARGEST:
        raise LikeNoFace(f"{shot} is like no face; most like {_SIGNS[found[1]]}, by {found[0]:.1f}")
    return _SIGNS[found[1]]


def _drawn(sign: Sign, theme: Theme, ground: tuple[int, ...]) -> Image.Image:
    background = Image.new("RGBA", (SIZE, SIZE), (*ground[:3], 255))
    background.alpha_composite(draw(sign, SIZE, theme))
    return background.convert("RGB")


def _difference(picture: Image.Image, drawn: Image.Image, x: int, y: int) -> float:
    part = picture.crop((x, y, x + SIZE, y + SIZE))
    return sum(ImageStat.Stat(ImageChops.difference(part, drawn)).mean) / 3
