"""What the menu shows and says of the record: its page, and whether it is whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from teamtactics.atomic_file import replace_file
from teamtactics.language import _
from teamtactics.service.board import Present
from teamtactics.service.service import Service

if TYPE_CHECKING:  # at run time it is loaded when a page is asked for: the icon is there sooner
    from teamtactics.reports.page_files import PageFiles
    from teamtactics.reports.wholeness import Wholeness


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
            self._say(_("No laps to show"), _no_store())
            return
        pages, folder = self._page_files(), self._service.settings.data_dir
        self._show(pages.write_newest(outbox, folder))
        pages.write_older(outbox, folder)

    def show_sessions(self) -> None:
        """Open the list of the sessions that are recorded here."""
        outbox = self._service.outbox
        if outbox is None:
            self._say(_("No laps to show"), _no_store())
            return
        from teamtactics.reports.laps_page import sessions_page  # only when a page is made

        pages, folder = self._page_files(), self._service.settings.data_dir
        newest = pages.write_newest(outbox, folder)
        pages.write_older(outbox, folder)
        path = newest.with_name("sessions.html")
        replace_file(path, sessions_page(outbox).encode())
        self._show(path)

    def report_problem(self) -> None:
        """Write a report of the last ten minutes, and open the folder that it is in."""
        from teamtactics.reports.problem.report import Wish, write_report  # only when one is asked for

        service = self._service
        path = write_report(service.settings, service.log.path, lambda: service.outbox, Wish(), datetime.now(UTC))
        text = _("Nothing was sent: {file} is written, and people have other names in it. Send it to the developers.")
        self._say(_("A report for the developers"), text.format(file=path.name))
        self._show(path.parent)

    def _page_files(self) -> PageFiles:
        from teamtactics.reports.page_files import PageFiles  # only when a page is made

        self._pages = self._pages or PageFiles(lambda: datetime.now(UTC), time.monotonic, self._present)
        return self._pages

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
            self._say(_("The record"), _no_store() if outbox is None else _("Nothing is recorded yet."))


def _title(found: Wholeness) -> str:
    if not found.has_laps:
        return _("The record")
    return _("The record is whole") if found.is_whole else _("The record is not whole")


def _no_store() -> str:
    return _("The local store cannot be used; the menu says why.")
