"""The fuel level as a quantity that can be trusted: zero frames ignored, fillings added up."""

from __future__ import annotations

from dataclasses import dataclass

from teamtactics.race.eyes.continuity import HOLD_TICKS

NOISE_L = 0.001
"""A rise up to this is no filling: float32 noise is about 4e-6 L at 62 L (SIMULATOR#filling)."""

SUSPECT_L = 0.5
"""
No car burns half a litre in a tick. A larger step must hold before it counts: single frames read 0 (SimHub #1587,
SIMULATOR#glitch), and a level that went to 0 and came back would otherwise be a filling of the whole tank.
"""

ZERO_TICKS = 60
"""A tank that reads exactly 0 must do so for a second: it is what a variable reads that nobody has set."""

FILLING_L_PER_S = 5.0
"""Faster than any rig fills (about 3 L/s): what a filling may rise while ticks were missed."""


@dataclass(slots=True)
class FuelGauge:
    """
    The level that counts.

    Attributes:
        level_l: The last level believed, L; None before the first.

        was_set: The last reading rose faster than any rig fills: the tank was changed, not filled.

        suspect_l: A level far from the last one that has not held long enough yet.
    """

    level_l: float | None = None
    was_set: bool = False
    suspect_l: float | None = None
    suspect_ticks: int = 0

    def forget(self) -> None:
        """Take the next reading as it comes: the car was put somewhere else, its tank may be another."""
        self.level_l = None
        self.suspect_ticks = 0

    def advance(self, reading_l: float | None, dt_s: float, is_filling: bool) -> float:
        """
        Take one reading; return the litres put in since the last.

        Args:
            dt_s: Time since the last reading, s.

            is_filling: Whether a rise can be a filling (standing in the pits). Elsewhere it is regeneration or noise.

        Source:
            FuelLevel, SIMULATOR#filling: every rise counts, fillings are gradual and must not be debounced.
        """
        if reading_l is None:
            return 0.0
        level = self.level_l
        if level is None:
            self.level_l = reading_l
            return 0.0
        change = reading_l - level
        if -SUSPECT_L < change <= NOISE_L:
            self.level_l = reading_l
            self.suspect_ticks = 0
            return 0.0
        self.was_set = False
        is_odd = change < 0.0 or change > SUSPECT_L + FILLING_L_PER_S * dt_s
        if is_odd and not self._holds(reading_l):
            return 0.0
        self.level_l = reading_l
        self.suspect_ticks = 0
        if change < 0.0 or not is_filling:
            return 0.0
        self.was_set = is_odd
        return 0.0 if is_odd else change

    def _holds(self, reading_l: float) -> bool:
        near = self.suspect_l is not None and abs(reading_l - self.suspect_l) < SUSPECT_L
        self.suspect_ticks = self.suspect_ticks + 1 if near else 1
        self.suspect_l = reading_l
        return self.suspect_ticks >= (HOLD_TICKS if reading_l else ZERO_TICKS)
