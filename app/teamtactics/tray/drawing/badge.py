"""The badge in the corner of a picture: a red disc or an amber triangle."""

from __future__ import annotations

from PIL import ImageDraw

from teamtactics.tray.drawing.canvas import Canvas, Colour
from teamtactics.tray.sign import Badge

BADGE = 6
"""Side of a badge, in sixteenths of the picture's: smaller and its shape is lost, larger and the number is."""
_MARKED_FROM = 9
"""Pixels: a smaller badge has no room for its mark."""


def draw_badge(canvas: Canvas, badge: Badge, colour: Colour, mark: Colour) -> None:
    """Draw *badge* into the upper right corner, with a line of the taskbar around it."""
    size, side, gap = canvas.size, canvas.px(BADGE), canvas.px(1)
    left = size - side

    def shape(pen: ImageDraw.ImageDraw, fine: float, more: int = 0) -> None:
        x1, y1, x2, y2 = (left - more) * fine, -more * fine, (size + more) * fine - 1, (side + more) * fine - 1
        if badge is Badge.DANGER:
            pen.ellipse((x1, y1, x2, y2), fill=255)
        else:
            # What is slanted must lie further out to leave the same line.
            out = more * fine
            pen.polygon([((x1 + x2) / 2, y1 - out), (x2 + out, y2), (x1 - out, y2)], fill=255)

    canvas.curve(lambda pen, fine: shape(pen, fine, gap), None)
    canvas.curve(shape, colour)
    if side >= _MARKED_FROM:
        thick = max(1, round(side / 6))
        thick += (side - thick) % 2
        at, foot, dot = left + (side - thick) // 2, side - max(1, side // 8), max(1, round(side / 7))
        canvas.box((at, side // 6 if badge is Badge.DANGER else side // 3, at + thick, foot - 2 * dot), mark)
        canvas.box((at, foot - dot, at + thick, foot), mark)
