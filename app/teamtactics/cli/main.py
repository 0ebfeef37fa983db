"""
Runs what the command line asks for and turns its end into an exit code.

Without words that is the icon in the tray, which comes before anything is loaded that it can do without.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence

from teamtactics.cli.console.ends import finish, is_gone, let_go
from teamtactics.errors import ConfigError, NotInStore, TeamtacticsError
from teamtactics.language import _, local
from teamtactics.logs.streams import fill_missing_streams

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_UNUSABLE = 2
"""The configuration or the command line cannot work."""
EXIT_NOT_IN_STORE = 4
"""Laps that the local store did not take are elsewhere, or lost; the last line says how many, and where."""
EXIT_INTERRUPTED = 130
"""As shells report Ctrl-C."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that *argv* names; return the exit code. Errors meant for people are printed as plain text."""
    with fill_missing_streams():
        try:
            code = _run_command(sys.argv[1:] if argv is None else argv)
            sys.stdout.flush()
        except OSError as error:
            is_full = error.errno == errno.ENOSPC and error.filename is None
            if not (is_full or is_gone(error)):
                raise
            let_go(sys.stdout)
            if not is_full:
                return EXIT_OK
            _complain(_("not all of it could be written: {why}").format(why=error.strerror))
            return EXIT_FAILED
        except KeyboardInterrupt:
            _complain(_("interrupted"))
            return EXIT_INTERRUPTED
        finally:
            # Also behind argparse, which ends the program itself.
            finish(sys.stdout)
            finish(sys.stderr)
    return code


def _run_command(words: Sequence[str]) -> int:
    try:
        return _run_tray() if not words else _run_door(words)
    except NotInStore as error:
        _complain_of(error)
        return EXIT_NOT_IN_STORE
    except TeamtacticsError as error:
        _complain_of(error)
    return EXIT_UNUSABLE


def _run_tray() -> int:
    from teamtactics.service.tray_app import run_tray

    return run_tray(None)


def _run_door(words: Sequence[str]) -> int:
    from teamtactics.cli.console.doors import command_of  # the parser: not on the icon's way
    from teamtactics.cli.console.speaking import speak

    speak(words)
    return command_of(words)()


def _complain(text: str) -> None:
    from teamtactics.cli.console.voice import complain  # with the parser's library, as everything that goes wrong

    complain(text)


def _complain_of(error: TeamtacticsError) -> None:
    from teamtactics.cli.console import voice

    if isinstance(error, ConfigError):
        voice.complain_of(error)
    else:
        voice.complain(local(error.said))
