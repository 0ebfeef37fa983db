"""
A process in real time goes before the machine's other work, as a simulator and what reads it do on a driver's PC.

A program of its own, which becomes the one that it is given. ``preexec_fn`` would be shorter and kills one process in
forty: gRPC's threads of the tests, copied by the fork, abort before the new program is there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable


def urgent(words: Iterable[str]) -> list[str]:
    """Return the command line that starts *words* as urgent; same process id, and all that it begins is urgent too."""
    return [sys.executable, "-ES", __file__, *words]


def go_first() -> None:
    """Let this process, and all that it begins, run as soon as it can; nobody but root has the right to it."""
    if hasattr(os, "sched_setscheduler"):
        try:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        except PermissionError:
            return


if __name__ == "__main__":
    go_first()
    os.execvp(sys.argv[1], sys.argv[1:])
