"""What all commands have in common: how they say that something is wrong, and how they take a path."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any, NoReturn

from teamtactics.errors import ConfigError, said_by
from teamtactics.language import SYSTEM, _, local, use
from teamtactics.settings.places import expanded, is_there
from teamtactics.settings.settings import Unsound

PROGRAM = "teamtactics"


def complain(text: str) -> None:
    """Write to standard error why the command does not end well, behind what it has written so far."""
    with suppress(OSError):  # a reader who has gone is found at the end
        sys.stdout.flush()
    sys.stderr.write(f"{PROGRAM}: {text}\n")


def complain_of(error: ConfigError) -> None:
    """Write every mistake in the configuration, in the language that it names, else the system's."""
    use(error.sound.language if isinstance(error, Unsound) else SYSTEM)
    complain(_("the configuration cannot be used:\n{mistakes}").format(mistakes=error.local))


class Parser(argparse.ArgumentParser):
    """A parser of arguments whose subcommands answer their own mistakes, with their own usage; it knows paths."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self.register("type", Path, path)

    def parse_known_args(  # type: ignore[override]  # the library's overloads are for other kinds of namespace
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Read *args*; what is not known is a mistake here already, not only for the parser above."""
        if mistyped := self._mistyped(args or ()):
            # Else it would only be said that something is missing, where that is so too.
            self.error(_("unrecognized arguments: %s") % " ".join(mistyped))
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(_("unrecognized arguments: %s") % " ".join(unknown))
        return found, unknown

    def _mistyped(self, args: Sequence[str]) -> list[str]:
        """Return the options among *args*, up to a command's name, that are none of this parser's."""
        commands = {
            name for action in self._actions if isinstance(action.choices, Mapping) for name in action.choices
        } | {"--"}
        known = tuple(self._option_string_actions)
        return [
            word
            for word in takewhile(lambda word: word not in commands, args)
            if word.startswith("--") and not any(name.startswith(word.partition("=")[0]) for name in known)
        ]

    def error(self, message: str) -> NoReturn:
        """Print the usage and what is wrong with the command line, and end with 2."""
        self.print_usage(sys.stderr)
        self.exit(2, f"{PROGRAM}: {message}\n")


def path(text: str) -> Path:
    """
    Read a path as the ini's are read: shells of Windows know no ``~``, others no ``%APPDATA%``.

    Raises:
        argparse.ArgumentTypeError: There is no such variable.
    """
    as_written = Path(text)
    if is_there(as_written):
        return as_written
    try:
        return Path(expanded(text, os.environ, sys.platform))
    except ValueError as error:
        raise argparse.ArgumentTypeError(local(said_by(error))) from None
