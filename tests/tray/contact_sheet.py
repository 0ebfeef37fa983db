"""``python tests/tray/contact_sheet.py assets``: draws every face at every size, and the icon file."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from teamtactics.tray.drawing.picture import BACKGROUNDS, SIZES, Picture, Theme, draw, draw_app, save_ico
from teamtactics.tray.sign import Badge, Face, Sign

SHEET_NAME = "icon-states.png"
ICO_NAME = "teamtactics.ico"
ICO_SIZES = (*SIZES, 128, 256)

_ROW = 84
_LABEL = 250
_GAP = 18
_ZOOM = 4
_NUMBERED = (Face.TEAM_MATE, Face.DELIVERED, Face.RECORDING, Face.UNREACHABLE, Face.LOCAL, Face.SILENT_DRIVER)

_BADGES = {Badge.NEEDS_YOU: "amber: needs you", Badge.DANGER: "red: needs you, in danger"}


def signs() -> list[Sign]:
    """
    Return every sign of the sheet: each face, with one and two digits those that carry a number, then with each badge.
    """
    shown: list[Sign] = []
    for face in Face:
        if face in _NUMBERED:
            shown += [Sign(face, 3), Sign(face, 12)]
        else:
            shown.append(Sign(face))
    shown.append(Sign(Face.LOCAL))
    for badge in Badge:
        shown += [
            Sign(face, 12 if face in _NUMBERED else None, badge) for face in Face if face is not Face.STANDS_STILL
        ]
    return shown


def sheet() -> Picture:
    """Draw the sheet: a row for each sign, a half for each taskbar; the smallest size once more, enlarged."""
    half = sum(SIZES) + _GAP * (len(SIZES) + 2) + SIZES[0] * _ZOOM
    rows = signs()
    image = Image.new("RGBA", (_LABEL + 2 * half, _ROW * len(rows) + 34), (255, 255, 255, 255))
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(15)
    for column, theme in enumerate(Theme):
        left = _LABEL + column * half
        pen.rectangle((left, 0, left + half - 1, image.height), fill=BACKGROUNDS[theme])
        foreground = (235, 235, 235) if theme is Theme.DARK else (40, 40, 40)
        x = left + _GAP
        for size in (*SIZES, SIZES[0] * _ZOOM):
            text = (
                f"{SIZES[0]} x{_ZOOM}" if size == SIZES[0] * _ZOOM and x > left + half - size - 2 * _GAP else str(size)
            )
            pen.text((x + size / 2, 8), text, fill=foreground, font=font, anchor="ma")
            x += size + _GAP
    for row, sign in enumerate(rows):
        top = 34 + row * _ROW
        number = "" if sign.stint is None else f", stint {sign.stint}"
        label = _folded(f"{sign.face.value}{number}") + ("" if sign.badge is None else f"\n+ {_BADGES[sign.badge]}")
        pen.text((12, top + _ROW / 2), label, fill=(20, 20, 20), font=font, anchor="lm")
        for column, theme in enumerate(Theme):
            _paste_row(image, sign, theme, _LABEL + column * half + _GAP, top)
    return image.convert("RGB")


def _folded(text: str) -> str:
    first, comma, rest = text.partition(", ")
    return f"{first}{comma}\n{rest}" if len(text) > 30 and comma else text


def _paste_row(image: Picture, sign: Sign, theme: Theme, x: int, top: int) -> None:
    pictures = [draw(sign, size, theme) for size in SIZES]
    small = pictures[0]
    pictures.append(small.resize((small.width * _ZOOM, small.height * _ZOOM), Image.Resampling.NEAREST))
    for picture in pictures:
        image.alpha_composite(picture, (x, top + (_ROW - picture.height) // 2))
        x += picture.width + _GAP


def main(folder: Path) -> None:
    """Write both files into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    sheet().save(folder / SHEET_NAME, optimize=True)
    save_ico([draw_app(size) for size in ICO_SIZES], str(folder / ICO_NAME))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "assets"))
