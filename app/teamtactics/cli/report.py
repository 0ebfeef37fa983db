"""``teamtactics report``: one file with what a developer needs to see a problem again; nothing is sent."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

from teamtactics.cli.console.options import own_folder
from teamtactics.cli.console.voice import complain
from teamtactics.desktop.opening import open_path
from teamtactics.errors import said_by
from teamtactics.language import _, later, local
from teamtactics.reports.problem.recorded import NoSuchSession
from teamtactics.reports.problem.report import Wish, write_report
from teamtactics.service.app import outbox_path, utc_now
from teamtactics.service.startup import read_settings
from teamtactics.settings.places import is_there
from teamtactics.store.store import Outbox


def report(config: Path | None, wish: Wish) -> int:
    """
    Write a report, say where it is, and show it to who sits at a console; return 1 when it cannot be written,
    or what is asked for is not recorded.

    Raises:
        TeamtacticsError: The configuration or the local store cannot be used.
    """
    settings = read_settings(config)
    if wish.folder is not None:
        own_folder("--to", wish.folder)
    store = outbox_path(settings)
    with ExitStack() as opened:

        def outbox() -> Outbox | None:
            return opened.enter_context(Outbox.look(store, utc_now)) if is_there(store) else None

        try:
            path = write_report(settings, settings.logfile, outbox, wish, utc_now())
        except NoSuchSession as error:
            complain(local(error.said))
            return 1
        except OSError as error:
            complain(_("the report cannot be written: {error}").format(error=error))
            return 1
    sys.stdout.write(_("Written: {path}").format(path=path.absolute()) + f"\n{_(HOW)}\n")
    if sys.stdout.isatty():
        try:
            open_path(path.parent)
        except OSError as error:
            complain(local(said_by(error)))
    return 0


HOW = later(
    "Nothing was sent. People's names and numbers are replaced in it, keys are not in it; look into it if you like, "
    "and give it to the developers with a sentence on what is wrong."
)
