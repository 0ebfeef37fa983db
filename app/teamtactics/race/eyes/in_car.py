"""The driver's in-car settings, as they are handed on to who gets in next: plain data, part of the tracker's memory."""

from __future__ import annotations

from dataclasses import dataclass

from teamtactics.model.frame import InCar
from teamtactics.race.eyes.continuity import HOLD_TICKS


@dataclass(slots=True)
class Settings:
    """
    The in-car settings as believed.

    Attributes:
        value: None before anybody has shown or told them.

        odd, odd_ticks: Others that were shown since, and how many ticks in a row.
    """

    value: InCar | None = None
    odd: InCar | None = None
    odd_ticks: int = 0

    def see(self, shown: InCar | None) -> None:
        """
        Take a tick that shows other settings; they count when they hold.

        Source:
            A variable that nobody set in a tick reads 0 alone (SIMULATOR#unset).
        """
        if shown == self.value:
            # The same in another object: behind a checkpoint, or after an odd tick.
            self.value, self.odd_ticks = shown, 0
            return
        self.odd_ticks = self.odd_ticks + 1 if shown == self.odd else 1
        self.odd = shown
        if self.odd_ticks >= HOLD_TICKS:
            self.value, self.odd, self.odd_ticks = shown, None, 0
