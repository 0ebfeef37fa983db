"""A process in real time goes before the machine's other work, as a simulator and what reads it do on a driver's PC."""

from __future__ import annotations

import os


def go_first() -> None:
    """
    Let this process, and the threads that it begins, run as soon as they can; for ``preexec_fn``.

    Without the right to it (nobody but root has it) everything stays as it is.
    """
    if hasattr(os, "sched_setscheduler"):
        try:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        except PermissionError:
            return
