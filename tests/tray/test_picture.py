"""The pictures: sharp at every size, told apart at 16 pixels by shape and by colour, readable on both taskbars."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image

from teamtactics.tray.drawing import digits
from teamtactics.tray.drawing.first_face import FirstFace
from teamtactics.tray.drawing.picture import BACKGROUNDS, SIZES, Colour, Theme, draw, draw_app
from teamtactics.tray.sign import Badge, Face, Sign
from tray import contact_sheet

LEAST_SHAPE = 30
"""So many of the 256 pixels must be inside one picture and outside the other: an eighth; measured is 32 and more."""
LEAST_COLOUR = 60.0
"""Mean distance of two pictures in RGB, 0 to 442; measured is 73 and more."""
LEAST_CONTRAST = 3.0
"""WCAG 2.1 asks it of symbols."""
LARGEST_SHADE = 24
"""Of the 255 of opacity."""
ASSETS = Path(__file__).parents[2] / "assets"

PAIRS = list(combinations(Face, 2))
STINTS = (None, 3, 12)
BADGES = (None, *Badge)


def silhouette(sign: Sign, size: int = 16) -> list[bool]:
    return [alpha > 127 for alpha in draw(sign, size, Theme.DARK).getchannel("A").tobytes()]


def on_taskbar(sign: Sign, theme: Theme, size: int = 16) -> Image.Image:
    ground = Image.new("RGBA", (size, size), BACKGROUNDS[theme])
    ground.alpha_composite(draw(sign, size, theme))
    return ground


def pixels(image: Image.Image) -> list[tuple[int, ...]]:
    raw = image.convert("RGB").tobytes()
    return list(zip(raw[::3], raw[1::3], raw[2::3], strict=True))


def luminance(colour: Sequence[int]) -> float:
    parts = [value / 255 for value in colour[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Sequence[int], other: Sequence[int]) -> float:
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("stint", STINTS)
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_faces_differ_in_shape_at_16_pixels(one: Face, other: Face, stint: int | None) -> None:
    different = sum(a != b for a, b in zip(silhouette(Sign(one, stint)), silhouette(Sign(other, stint)), strict=True))
    assert different >= LEAST_SHAPE


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_faces_differ_in_colour_at_16_pixels(one: Face, other: Face, theme: Theme) -> None:
    pair = (pixels(on_taskbar(Sign(face, 3), theme)) for face in (one, other))
    distances = [math.dist(a, b) for a, b in zip(*pair, strict=True)]
    assert sum(distances) / len(distances) >= LEAST_COLOUR


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("face", Face)
def test_a_face_stands_out_from_the_taskbar_and_its_number_from_the_face(face: Face, theme: Theme) -> None:
    picture = draw(Sign(face, 8), 64, theme)
    ground = BACKGROUNDS[theme]
    area = dominant(picture)
    # Amber on white cannot reach 3:1 without turning brown; its black number carries that face there.
    least = 1.6 if face is Face.UNREACHABLE and theme is Theme.LIGHT else LEAST_CONTRAST
    assert contrast(area, ground) >= least
    others = [colour for colour in plain_colours(picture) if colour != area]
    for number in others:
        assert contrast(number, area) >= LEAST_CONTRAST


def plain_colours(picture: Image.Image) -> list[Colour]:
    """The colours that fill areas; those of soft edges are rare."""
    found = picture.getcolors(picture.width * picture.height)
    assert found is not None
    return [colour for count, colour in sorted(found, reverse=True) if count > 60 and colour[3] == 255]  # type: ignore[index,misc]


def dominant(picture: Image.Image) -> Colour:
    return plain_colours(picture)[0]


@pytest.mark.parametrize("size", [*SIZES, 28, 40, 14])
@pytest.mark.parametrize("face", Face)
def test_a_picture_is_drawn_for_its_size_and_fills_it(face: Face, size: int) -> None:
    picture = draw(Sign(face, 3), size, Theme.DARK)
    assert picture.size == (size, size)
    box = picture.getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert left <= size / 8 and right >= size - size / 8
    assert top <= size / 3 and bottom >= size - size / 8


@pytest.mark.parametrize("size", SIZES)
def test_straight_edges_lie_on_whole_pixels(size: int) -> None:
    """Between the round corners the plate has no pixel that is only half covered."""
    alpha = draw(Sign(Face.DELIVERED, 3), size, Theme.DARK).getchannel("A")
    middle = [alpha.getpixel((x, size // 2)) for x in range(size)]
    assert set(middle) == {255}


NUMBERED = (Face.TEAM_MATE, Face.DELIVERED, Face.RECORDING, Face.UNREACHABLE, Face.LOCAL, Face.SILENT_DRIVER)


@pytest.mark.parametrize("badge", BADGES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("face", NUMBERED)
def test_every_stint_number_is_readable(
    face: Face, size: int, badge: Badge | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No two numbers have the same picture, and digits are at least 5 pixels high, which is what a digit needs."""
    heights: list[int] = []
    real = digits.boxes
    monkeypatch.setattr(
        digits, "boxes", lambda text, drawn, x, y: heights.append(drawn.height) or real(text, drawn, x, y)
    )
    draw.cache_clear()
    drawn = {draw(Sign(face, stint, badge), size, Theme.DARK).tobytes() for stint in range(100)}
    assert len(drawn) == 100
    assert min(heights) >= 5


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("badge", Badge)
@pytest.mark.parametrize("face", sorted(set(Face) - {Face.STANDS_STILL}))
def test_a_badge_is_seen_on_every_face_and_hides_a_quarter_at_most(
    face: Face, badge: Badge, size: int, theme: Theme
) -> None:
    ground = Image.new("RGBA", (size, size), BACKGROUNDS[theme])
    ground.alpha_composite(draw(Sign(face, 12, badge), size, theme))
    colours = {(222, 52, 44), (204, 28, 28)} if badge is Badge.DANGER else {(255, 170, 0), (196, 104, 0)}
    shown = pixels(ground)
    corner = [shown[y * size + x] for y in range(size * 3 // 8) for x in range(size - size * 3 // 8, size)]
    assert sum(colour in colours for colour in corner) >= len(corner) / 5
    assert all(shown[y * size + x] not in colours for y in range(size // 2, size) for x in range(size))
    plain = pixels(on_taskbar(Sign(face), theme, size))
    lower = [(shown[y * size + x], plain[y * size + x]) for y in range(size // 2 + 1, size) for x in range(size // 8)]
    assert sum(a != b for a, b in lower) <= len(lower) / 4, "the face below it is as it was"


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("badge", Badge)
def test_a_badge_stands_out_from_the_taskbar(badge: Badge, theme: Theme) -> None:
    picture = draw(Sign(Face.CONNECTED, None, badge), 64, theme)
    colour = picture.getpixel((55, 20))
    assert contrast(colour, BACKGROUNDS[theme]) >= LEAST_CONTRAST  # type: ignore[arg-type]


def test_the_two_badges_differ_in_shape_at_16_pixels() -> None:
    one, other = (silhouette(Sign(Face.PAUSED, None, badge)) for badge in Badge)
    assert sum(a != b for a, b in zip(one, other, strict=True)) >= 8, "of the 36 of a badge"


def test_a_stint_beyond_99_shows_99() -> None:
    assert (
        draw(Sign(Face.DELIVERED, 250), 16, Theme.DARK).tobytes()
        == draw(Sign(Face.DELIVERED, 99), 16, Theme.DARK).tobytes()
    )


@pytest.mark.parametrize("text", ["3", "12", "88"])
@pytest.mark.parametrize("room", [(8, 8), (12, 12), (11, 9), (30, 40)])
def test_digits_never_leave_the_room_they_are_given(text: str, room: tuple[int, int]) -> None:
    face = digits.fitting(text, *room)
    boxes = list(digits.boxes(text, face, 0, 0))
    assert max(right for _, _, right, _ in boxes) <= face.width(text) <= room[0]
    assert max(bottom for *_, bottom in boxes) == face.height <= room[1]


def test_the_contact_sheet_in_the_assets_is_the_one_the_program_draws() -> None:
    with Image.open(ASSETS / contact_sheet.SHEET_NAME) as kept:
        now = contact_sheet.sheet()
        assert kept.size == now.size
        assert share_of_difference(pixels(kept), pixels(now)) < 0.002, (
            "draw it anew: python tests/tray/contact_sheet.py assets"
        )


def test_the_application_icon_holds_every_size_as_drawn() -> None:
    with Image.open(ASSETS / contact_sheet.ICO_NAME) as kept:
        assert kept.info["sizes"] == {(size, size) for size in contact_sheet.ICO_SIZES}
        for size in contact_sheet.ICO_SIZES:
            stored = kept.ico.getimage((size, size)).convert("RGBA")  # type: ignore[attr-defined]
            assert stored.tobytes() == draw_app(size).tobytes()


def share_of_difference(one: Iterable[tuple[int, ...]], other: Iterable[tuple[int, ...]]) -> float:
    """How many pixels differ; text is set by FreeType, whose versions differ by a shade."""
    differences = [math.dist(a, b) > 40 for a, b in zip(one, other, strict=True)]
    return sum(differences) / len(differences)


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("size", [*SIZES, 28])
def test_the_face_before_pillow_is_loaded_is_that_of_one_who_waits(size: int, theme: Theme) -> None:
    """Windows shows it until another one is drawn: nobody sees the difference, a shade at the edge."""
    drawn = draw(Sign(Face.WAITING), size, theme)
    first = Image.frombytes("RGBA", (size, size), FirstFace(size, theme).rows_from_below(), "raw", "BGRA", 0, -1)
    pairs = zip(drawn.get_flattened_data(), first.get_flattened_data(), strict=True)
    for ours, theirs in pairs:
        assert isinstance(ours, tuple) and isinstance(theirs, tuple)
        assert abs(ours[3] - theirs[3]) <= LARGEST_SHADE
        assert ours[3] == 0 or ours[:3] == theirs[:3]
