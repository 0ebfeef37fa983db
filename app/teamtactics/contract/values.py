"""What a single value may be that somebody else wrote, in a field or in ``Facts``; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from teamtactics.model.frame import Values

LONGEST_NAME = 64
_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def number(kind: type[float], low: float, high: float, value: Any) -> Any:
    """
    Return *value* as a *kind* from *low* to *high*.

    Compared before it is converted: infinity, what is no number, and an integer of any length fail at that. 30.0 is
    whole: for a client in JavaScript it is the same as 30.

    Raises:
        ValueError: It is none; the text says what is allowed.
    """
    if type(value) not in (int, float) or not low <= value <= high or (kind is int and value % 1):
        raise ValueError(f"allowed is a{' whole' if kind is int else ''} number from {low:g} to {high:g}")
    return kind(value)


def truth(value: object) -> bool:
    """
    Return *value*, true or false.

    Raises:
        ValueError: It is neither.
    """
    if value is True or value is False:
        return value
    raise ValueError("allowed is true or false")


def name(value: object) -> str:
    """
    Return *value* as the name of somebody, cut to what is shown of it and without what cannot be shown.

    Raises:
        ValueError: It is no text.
    """
    if type(value) is str:
        return text(value, LONGEST_NAME)
    raise ValueError("allowed is text")


def text(value: str, longest: int) -> str:
    """Return *value* cut to what is shown of it, without what cannot be shown."""
    return _NOT_TEXT.sub("", value[:longest])


def word(pattern: str, value: object) -> str:
    """
    Return *value*, a text of which all matches *pattern*.

    Raises:
        ValueError: It is none.
    """
    if type(value) is str and re.fullmatch(pattern, value, re.ASCII):
        return value
    raise ValueError(f"allowed is what matches {pattern}")


TIME = partial(number, float, -10.0, 604_800.0)
"""``SessionTime``, s."""
SPAN = partial(number, float, 0.0, 604_800.0)
"""s."""
DAY = partial(number, float, 0.0, 2 * 86_400.0)
"""``SessionTimeOfDay``, s."""
FUEL = partial(number, float, -1.0, 2_000.0)
"""L."""
BITS = partial(number, int, 0, 2**32 - 1)
MEMBER = partial(number, int, -1, 2**31 - 1)
"""Customer id."""
DEGREES = partial(number, float, -100.0, 200.0)
"""°C."""


class Row(NamedTuple):
    """
    One value of a lap's document that is true at the line.

    Attributes:
        field: Of ``Frame``, where it is marked ``AtLine`` or ``AtLineOfCar``.

        name: In the document.

        rule: Returns a value in its type; its ValueError says what is allowed.
    """

    field: str
    name: str
    rule: Callable[[object], Any]


AT_LINE = (
    Row("air_temp", "AirTemp", DEGREES),
    Row("track_wetness", "TrackWetness", partial(number, int, 0, 7)),
    Row("weather_declared_wet", "WeatherDeclaredWet", truth),
    Row("player_tire_compound", "PlayerTireCompound", partial(number, int, -1, 1000)),
    Row("player_car_team_incident_count", "PlayerCarTeamIncidentCount", partial(number, int, 0, 100_000)),
)
"""One for each field so marked, in the order of a table for programs."""


def known_values(found: Mapping[str, Any]) -> Values:
    """Return those of *found* that are not None, as facts and records have them."""
    return tuple(sorted((field, value) for field, value in found.items() if value is not None))
