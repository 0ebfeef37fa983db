"""Counts what is asked of Firestore, where it is asked."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime

from teamtactics.model.usage import NO_USAGE, Usage, quota_day


class Meter:
    """
    What was asked and answered: of what no answer came nobody knows whether it counts.

    Attributes:
        total: Everything since the program began.

    Threads:
        All methods may be called from any; none waits for long.
    """

    def __init__(self, utc_now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.total = NO_USAGE
        self._utc_now = utc_now
        self._unsaved: dict[date, Usage] = {}
        self._lock = threading.Lock()

    def count(self, usage: Usage) -> None:
        """Add *usage* to the present quota day."""
        day = quota_day(self._utc_now())
        with self._lock:
            self.total += usage
            self._add(day, usage)

    @contextlib.contextmanager
    def saving(self) -> Iterator[Mapping[date, Usage]]:
        """Hand out what is not saved yet, by quota day; it counts as saved unless the block ends with an exception."""
        with self._lock:
            taken, self._unsaved = self._unsaved, {}
        try:
            yield taken
        except BaseException:
            with self._lock:
                for day, usage in taken.items():
                    self._add(day, usage)
            raise

    def _add(self, day: date, usage: Usage) -> None:
        self._unsaved[day] = self._unsaved.get(day, NO_USAGE) + usage
