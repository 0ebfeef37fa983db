"""How every command says that something is wrong: one name, one place, whatever the program's file is called."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

PROGRAM = "teamtactics"


def complain(text: str) -> None:
    """Write to standard error why the command does not end well, behind what it has written so far."""
    with suppress(OSError):  # a reader who has gone is found at the end
        sys.stdout.flush()
    sys.stderr.write(f"{PROGRAM}: {text}\n")


class Parser(argparse.ArgumentParser):
    """A parser of arguments whose subcommands answer their own mistakes, with their own usage."""

    def parse_known_args(  # type: ignore[override]  # the library's overloads are for other kinds of namespace
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Read *args*; what is not known is a mistake here already, not only for the parser above."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Print the usage and what is wrong with the command line, and end with 2."""
        self.print_usage(sys.stderr)
        self.exit(2, f"{PROGRAM}: {message}\n")
