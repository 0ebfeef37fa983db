"""A square to draw an icon on: straight edges on whole pixels, soft edges only where a line is slanted or round."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from PIL import Image, ImageChops, ImageDraw

from teamtactics.tray.drawing import digits

Colour: TypeAlias = tuple[int, int, int, int]
Picture: TypeAlias = Image.Image
Shape: TypeAlias = Callable[[ImageDraw.ImageDraw, float], None]

_FINE = 8
"""Curves and slants are drawn so many times larger and reduced; straight edges lie on whole pixels."""


class Canvas:
    """A square of *size* px to draw on, in sixteenths of its side."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.image = Image.new("RGBA", (size, size), (0, 0, 0, 0))

    def px(self, sixteenths: float) -> int:
        """Round to whole pixels; nothing that is there becomes nothing."""
        return max(1, int(sixteenths * self.size / 16 + 0.5)) if sixteenths > 0 else 0

    def box(self, box: digits.Box, colour: Colour) -> None:
        """Fill a rectangle given in pixels."""
        left, top, right, bottom = box
        ImageDraw.Draw(self.image).rectangle((left, top, right - 1, bottom - 1), fill=colour)

    def curve(self, shape: Shape, colour: Colour | None) -> None:
        """Fill what *shape* draws on a mask; without a colour cut it out. It gets the mask's pixels per pixel."""
        mask = Image.new("L", (self.size * _FINE, self.size * _FINE), 0)
        shape(ImageDraw.Draw(mask), float(_FINE))
        mask = mask.resize((self.size, self.size), Image.Resampling.BOX)
        if colour is None:
            self.image.putalpha(ImageChops.multiply(self.image.getchannel("A"), ImageChops.invert(mask)))
            return
        layer = Image.new("RGBA", self.image.size, colour)
        layer.putalpha(mask)
        self.image.alpha_composite(layer)

    def disc(self, inset: float, colour: Colour | None) -> None:
        """Fill a disc that stays *inset* px from the edges; without a colour cut it out."""

        def shape(pen: ImageDraw.ImageDraw, fine: float) -> None:
            edge = self.size * fine
            pen.ellipse((inset * fine, inset * fine, edge - inset * fine - 1, edge - inset * fine - 1), fill=255)

        self.curve(shape, colour)

    def plate(self, box: digits.Box, radius: float, colour: Colour) -> None:
        """Fill a rectangle with round corners, given in pixels."""
        left, top, right, bottom = box

        def shape(pen: ImageDraw.ImageDraw, fine: float) -> None:
            corners = (left * fine, top * fine, right * fine - 1, bottom * fine - 1)
            pen.rounded_rectangle(corners, radius * fine, fill=255)

        self.curve(shape, colour)

    def text(self, text: str, within: digits.Box, colour: Colour) -> None:
        """Write *text* as large as it fits into the middle of *within*, px."""
        left, top, right, bottom = within
        face = digits.fitting(text, right - left, bottom - top)
        x = left + (right - left - face.width(text)) // 2
        y = top + (bottom - top - face.height) // 2
        for box in digits.boxes(text, face, x, y):
            self.box(box, colour)
