"""``teamtactics check`` and ``teamtactics show``: look at things, change nothing."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

from teamtactics.atomic_file import replace_file
from teamtactics.cli.console.trial import FOLLOWED_FOLDER
from teamtactics.cli.console.voice import complain
from teamtactics.cli.show import Format, show, show_team, show_wholeness
from teamtactics.errors import ConfigError, OptionRefused
from teamtactics.language import SYSTEM, Said, _, use
from teamtactics.reports.check import exit_code, print_results, run_checks
from teamtactics.service.app import OUTBOX_NAME, outbox_path, utc_now
from teamtactics.service.probes import probes
from teamtactics.service.proxy import apply_proxy
from teamtactics.service.startup import read_settings
from teamtactics.settings.places import is_dir, is_file, is_there
from teamtactics.settings.settings import Settings, Unsound
from teamtactics.store.store import Outbox


def check_everything(config: Path | None, *, strict: bool = False) -> int:
    """
    Check all that must work on race day, print a line for each; return 1 when one failed.

    Args:
        strict: Also when there is something to remark.
    """
    settings: Settings | ConfigError
    sound: Settings | None
    try:
        settings = sound = read_settings(config)
    except ConfigError as error:
        settings, sound = error, error.sound if isinstance(error, Unsound) else None
        # Also with a broken ini: the simulator is asked on this PC, never through a proxy.
        apply_proxy(None if sound is None else sound.proxy, os.environ)
    use(SYSTEM if sound is None else sound.language)
    results = run_checks(settings, probes(settings))
    print_results(results, utc_now(), sys.stdout)
    return exit_code(results, strict=strict)


def show_recorded(
    config: Path | None, session: str | None, form: Format, to: Path | None = None, data: Path | None = None
) -> int:
    """
    Print what is recorded, or write it into a file; return 1 when there is no such session, or no such place.

    Args:
        to: Takes the place of what is there; None for the console.

        data: Where the store is; None for the ini's data folder.

    Raises:
        TeamtacticsError: The configuration or the local store cannot be used.
    """
    if to is None:
        return _with_outbox(config, lambda outbox: show(outbox, session, form, sys.stdout), data)
    text = io.StringIO()
    code = _with_outbox(config, lambda outbox: show(outbox, session, form, text), data)
    return code or _write_file(to, text.getvalue())


def show_members(config: Path | None, session: str | None) -> int:
    """
    Print who is there in a team's session; return 1 when there is no such session.

    Raises:
        TeamtacticsError: The configuration or the local store cannot be used.
    """
    return _with_outbox(config, lambda outbox: show_team(outbox, session, utc_now(), sys.stdout))


def reconcile(config: Path | None, session: str | None) -> int:
    """
    Print whether a session's record is whole; return 1 when it is not, or there is no such session.

    Raises:
        TeamtacticsError: The configuration or the local store cannot be used.
    """
    return _with_outbox(config, lambda outbox: show_wholeness(outbox, session, utc_now(), sys.stdout))


def _with_outbox(config: Path | None, ask: Callable[[Outbox], int], data: Path | None = None) -> int:
    if data is not None and is_file(data):
        raise OptionRefused(
            Said("--data {data} is a file: name the folder that {name} is in", data=data, name=OUTBOX_NAME)
        )
    path = outbox_path(read_settings(config)) if data is None else data.absolute() / OUTBOX_NAME
    if data is None and not is_there(path) and is_there(path.parent / FOLLOWED_FOLDER / OUTBOX_NAME):
        path = path.parent / FOLLOWED_FOLDER / OUTBOX_NAME  # who only follows has no record of his own
    if not is_there(path):
        complain(_("nothing is recorded yet: there is no {path}").format(path=path))
        return 1
    with Outbox.look(path, utc_now) as outbox:
        return ask(outbox)


def _write_file(path: Path, text: str) -> int:
    """Put *text* into a file as UTF-8, in the place of the former one; say so, or why not."""
    try:
        if is_dir(path):
            raise IsADirectoryError(errno.EISDIR, _("it is a folder, name a file in it"))
        if is_there(path) and not is_file(path):  # a device would be replaced by a file
            raise OSError(errno.EINVAL, _("it is no file, name one"))
        replace_file(path, text.encode("utf-8", "replace"))
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        why = getattr(error, "strerror", None) or str(error)
        if not is_dir(path.parent):
            why = _("there is no folder {folder}").format(folder=path.parent)
        elif isinstance(error, PermissionError):
            why = _("{why}; is it open in another program?").format(why=why)
        complain(_("{path} cannot be written: {why}").format(path=path, why=why))
        return 1
    sys.stdout.write(_("Written: {path}").format(path=path.absolute()) + "\n")
    return 0
