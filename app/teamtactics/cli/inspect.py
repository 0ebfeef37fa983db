"""``teamtactics check`` and ``teamtactics show``: look at things, change nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from teamtactics.cli.show import Format, show
from teamtactics.errors import ConfigError
from teamtactics.reports.check import exit_code, print_results, run_checks
from teamtactics.service.app import outbox_path, utc_now
from teamtactics.service.probes import probes
from teamtactics.service.proxy import apply_proxy
from teamtactics.service.startup import read_settings
from teamtactics.settings.places import is_there
from teamtactics.settings.settings import Settings
from teamtactics.store.store import Outbox


def check_everything(config: Path | None) -> int:
    """Check all that must work on race day, print a line for each; return 1 when one failed."""
    settings: Settings | ConfigError
    try:
        settings = read_settings(config)
    except ConfigError as error:
        settings = error
        # Also with a broken ini: the simulator is asked on this PC, never through a proxy of the environment.
        apply_proxy(None, os.environ)
    results = run_checks(settings, probes(settings))
    print_results(results, sys.stdout)
    return exit_code(results)


def show_recorded(config: Path | None, session: str | None, form: Format) -> int:
    """
    Print what is recorded; return 1 when there is no such session.

    Raises:
        TeamtacticsError: The configuration or the local store cannot be used.
    """
    settings = read_settings(config)
    path = outbox_path(settings)
    if not is_there(path):
        sys.stderr.write(f"Nothing is recorded yet: there is no {path}.\n")
        return 1
    with Outbox.look(path, utc_now) as outbox:
        return show(outbox, session, form, sys.stdout)
