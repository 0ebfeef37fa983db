"""The stint count of the data contract."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class StintCount:
    """
    Which stint the car is in.

    Attributes:
        number: From 1.

        laps: Laps completed in it.

        has_been_on_track: Leaving the garage for the first time ends no stint.
    """

    number: int = 1
    laps: int = 0
    has_been_on_track: bool = False

    def leave_pits(self, ends_stint: bool) -> None:
        """Count the exit from a visit that *ends_stint* or not."""
        if ends_stint and self.has_been_on_track:
            self.number += 1
            self.laps = 0
        self.has_been_on_track = True
