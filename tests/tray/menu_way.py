"""Where an entry of the menu stands, computed from the menu that the program makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from teamtactics.model.status import Status
from teamtactics.tray.menu import SEPARATOR, Entry, Switches, entries


@dataclass(frozen=True, slots=True)
class Step:
    """One menu on the way, and which of its entries is taken."""

    entries: tuple[Entry, ...]
    at: int

    @property
    def _live(self) -> list[int]:
        return [at for at, entry in enumerate(self.entries) if entry.choice is not None or entry.entries]

    @property
    def from_top(self) -> int:
        """How many live entries stand above it."""
        return self._live.index(self.at)

    @property
    def from_end(self) -> int:
        """How many live entries stand from it on."""
        return len(self._live) - self.from_top

    @property
    def labels(self) -> list[str | None]:
        """What stands in it from above, made different from one another; None is a separator."""
        return [None if entry == SEPARATOR else f"{at} {entry.text}" for at, entry in enumerate(self.entries)]

    @property
    def label(self) -> str | None:
        """The one of ``labels`` that is taken."""
        return self.labels[self.at]


def below_the_status(*, has_autostart: bool) -> tuple[Entry, ...]:
    """Return the menu from its first separator on; what stands above it depends on what happens."""
    shown = entries(Status(0.0), Switches(autostart=False if has_autostart else None))
    return shown[shown.index(SEPARATOR) :]


def way(text: str, shown: Sequence[Entry]) -> list[Step]:
    """Return the menus through which *text* is reached, the outermost first; ``Pause`` also stands for ``Resume``."""
    found = _way(text, tuple(shown))
    assert found, f"the menu has no {text!r}: {[entry.text for entry in shown]}"
    return found


def _way(text: str, shown: tuple[Entry, ...]) -> list[Step]:
    for at, entry in enumerate(shown):
        if entry.text == text:
            return [Step(shown, at)]
        inner = _way(text, entry.entries)
        if inner:
            return [Step(shown, at), *inner]
    return []
