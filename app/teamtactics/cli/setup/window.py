"""``teamtactics settings``: the window in which the first things are filled in, and changed later."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from teamtactics.desktop.window.desk import Desk, Line
from teamtactics.desktop.window.showing import show
from teamtactics.errors import ConfigError, Problem, WindowAbsent
from teamtactics.language import Said
from teamtactics.service.proxy import apply_proxy, use_environment
from teamtactics.service.startup import read_patiently
from teamtactics.settings.first_ini import program_dir
from teamtactics.settings.places import INI_NAME, ini_candidates, is_there, user_config_dir
from teamtactics.settings.settings import Settings, Unsound


def settings_window(config: Path | None) -> int:
    """
    Show the window, in a process of its own, until it is closed.

    Raises:
        ConfigError: The ini cannot be read.

        WindowAbsent: No window can be shown; the text names the file to edit.
    """
    ini = _ini(config)
    try:
        show(Desk(ini, config, _check))
    except WindowAbsent as error:
        said = Said("no window can be shown: {error}. Edit {ini} instead.", error=error.said, ini=ini)
        raise WindowAbsent(said) from error
    except OSError as error:
        why = Said("cannot be read ({why})", why=error.strerror or error)
        raise ConfigError([Problem(str(ini), None, None, None, why)]) from error
    return 0


def _ini(config: Path | None) -> Path:
    """Return the ini in use; where there is none, the one to be made."""
    if config is not None:
        return config.absolute()
    places = ini_candidates(program_dir(), os.environ, sys.platform)
    there = (place for place in places if is_there(place))
    return next(there, user_config_dir(os.environ, sys.platform) / INI_NAME)


def _check(ini: Path) -> Sequence[Line]:
    # With telemetry and cloud: only when something is tested, so that the window is there at once.
    from teamtactics.reports.check import run_checks
    from teamtactics.service.probes import probes

    settings: Settings | ConfigError
    try:
        # Not as the commands do: the window keeps its language while another one is only tried.
        settings = read_patiently(ini, use_environment(os.environ))
        apply_proxy(settings.proxy, os.environ)
    except ConfigError as error:
        settings = error
        # The simulator is asked on this PC, never through a proxy of the environment.
        apply_proxy(error.sound.proxy if isinstance(error, Unsound) else None, os.environ)
    results = run_checks(settings, probes(settings))
    return [Line(result.ok, result.line, result.is_remark) for result in results]
