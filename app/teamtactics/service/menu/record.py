"""What the menu shows and says of the record: its page, and whether it is whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from teamtactics.service.board import Present
from teamtactics.service.service import Service

if TYPE_CHECKING:  # at run time it is loaded when a page is asked for: the icon is there sooner
    from teamtactics.reports.page_files import PageFiles
    from teamtactics.reports.wholeness import Wholeness


_NO_STORE = "The local store cannot be used; the menu says why."


class MenuOfRecord:
    """
    Args:
        say: Shows a notification: title and text.

        show: Opens a file.

        present: What is true now of the session under way, for its page.

    Threads: that of the menu's commands.
    """

    def __init__(
        self, service: Service, say: Callable[[str, str], None], show: Callable[[Path], None], present: Present
    ) -> None:
        self._service, self._say, self._show, self._present = service, say, show, present
        self._pages: PageFiles | None = None

    def show_laps(self) -> None:
        """Open the page of the session begun last; from now on it is renewed."""
        outbox = self._service.outbox
        if outbox is None:
            self._say("No laps to show", _NO_STORE)
            return
        from teamtactics.reports.page_files import PageFiles  # only when a page is made

        folder = self._service.settings.data_dir
        self._pages = self._pages or PageFiles(lambda: datetime.now(UTC), time.monotonic, self._present)
        self._show(self._pages.write_newest(outbox, folder))
        self._pages.write_older(outbox, folder)

    def report_problem(self) -> None:
        """Write a report of the last ten minutes, and open the folder that it is in."""
        from teamtactics.reports.problem.report import Wish, write_report  # only when one is asked for

        service = self._service
        path = write_report(service.settings, service.log.path, lambda: service.outbox, Wish(), datetime.now(UTC))
        self._say(
            "A report for the developers", f"{path.name} is written; nothing was sent. People have other names in it."
        )
        self._show(path.parent)

    @property
    def is_renewed(self) -> bool:
        """Whether the page was asked for once."""
        return self._pages is not None

    def renew_pages(self) -> None:
        """Write the page again where something is new."""
        outbox = self._service.outbox
        if self._pages is not None and outbox is not None:
            self._pages.renew(outbox)

    def say_whether_whole(self, over: str | None = None) -> None:
        """
        Hold the record against the simulator's results.

        Args:
            over: The collection of a session that has just ended: nothing is said where nothing was recorded, nor of
                a session without a team that is whole. None: somebody asks for the session begun last.
        """
        from teamtactics.reports.record_check import check_record  # with the race's rules, only when it is asked

        outbox = self._service.outbox
        check = None if outbox is None else check_record(outbox, datetime.now(UTC), over)
        if check is not None:
            if over is None or not (check.found.is_whole and check.is_single):
                self._say(_title(check.found), "\n".join(check.said))
        elif over is None:
            absent = (
                "The local store cannot be used; the menu says why." if outbox is None else "Nothing is recorded yet."
            )
            self._say("The record", absent)


def _title(found: Wholeness) -> str:
    if not found.has_laps:
        return "The record"
    return "The record is whole" if found.is_whole else "The record is not whole"
