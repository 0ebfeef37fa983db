"""A driver change as who gets in sees it: what the one before had set in the car; plain data and its comparison."""

from __future__ import annotations

from dataclasses import dataclass

from teamtactics.model.frame import InCar
from teamtactics.model.records import OtherSetting, PutBack, RunState

SEATED_S = 10.0
"""So long he has sat in the car: its settings come some ticks late, and what he sets at once he need not be told."""

LATE_S = 300.0
"""Who has driven for so long has set the car as he wants it: a word that comes later is none for him."""

PERSONAL = frozenset({"dcDashPage", "dcDashPage2"})
"""What a driver looks at, and no setting of the car."""

_SAME = 1e-3
"""Settings stand on notches far wider than this; a float comes back from a document as it was."""


@dataclass(slots=True)
class DriverChange:
    """
    The member of this PC has got in behind somebody else, and is not told yet what that one had.

    Attributes:
        got_in_s: Session time at which he got in, the last time if he got out again.

        before: Customer id of who drove before; None when nobody knows.

        driver, told_s, settings: The latest that who drove before has told; None before he has.
    """

    got_in_s: float
    before: int | None
    driver: str | None = None
    told_s: float | None = None
    settings: InCar | None = None

    def hear(self, state: RunState) -> None:
        """Take note of a *state* that another member's client has told, if it is of who drove before."""
        is_his = state.customer_id is not None and self.before in (None, state.customer_id)
        if not is_his or state.in_car is None or state.session_time_s > self.got_in_s:
            return
        if self.told_s is None or state.session_time_s > self.told_s:
            self.driver, self.told_s, self.settings = state.driver, state.session_time_s, state.in_car

    def compared(self, own: InCar) -> PutBack | None:
        """Compare with the *own* settings; None when nothing stands differently, or nobody has told how it stood."""
        if self.settings is None or self.told_s is None:
            return None
        settings = others(self.settings, own)
        return PutBack(self.got_in_s, self.driver, self.told_s, settings) if settings else None


def others(theirs: InCar, own: InCar) -> tuple[OtherSetting, ...]:
    """Return which settings that both cars have stand differently."""
    mine = dict(own)
    return tuple(
        OtherSetting(name, value, mine[name])
        for name, value in theirs
        if name in mine and name not in PERSONAL and abs(value - mine[name]) > _SAME
    )


def still_other(found: PutBack, own: InCar | None) -> PutBack | None:
    """Return what of *found* is not put back yet; None when nothing is left."""
    left = others(tuple((one.name, one.theirs) for one in found.settings), own or ())
    return PutBack(found.got_in_s, found.driver, found.told_s, left) if left else None
