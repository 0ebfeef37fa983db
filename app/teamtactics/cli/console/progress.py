"""The console of commands that show how far they are."""

from __future__ import annotations

import sys

from rich.console import Console

from teamtactics.cli.console.ends import is_gone, let_go

_ENDLESS = 1_000
"""Lines of a file are not folded."""


class Told(Console):
    """
    A console whose reader may go away: that ends neither the work nor, by itself, the program.

    Attributes:
        has_gone: Nobody reads any more.
    """

    def __init__(self) -> None:
        super().__init__(width=None if sys.stdout.isatty() else _ENDLESS)
        self.has_gone = False

    def on_broken_pipe(self) -> None:
        """Go on without a reader."""
        self.quiet = self.has_gone = True
        let_go(sys.stdout)

    def _write_buffer(self) -> None:
        try:
            super()._write_buffer()
        except OSError as error:  # as Windows says it: BrokenPipeError comes to on_broken_pipe
            if not is_gone(error):
                raise
            self.on_broken_pipe()
