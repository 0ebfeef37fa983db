"""What is wrong with the configuration, and what holds until it is mended, as a need in the tray."""

from __future__ import annotations

from pathlib import Path

from teamtactics.errors import ConfigError

UNREAD = "Nothing is recorded before it can be; it is tried again every second."
LEFT_OUT = "Until you correct and reload it, teamtactics goes on without what is wrong."
FORMER_STAYS = "Until you correct and reload it, the former configuration stays in force."


def config_need(error: ConfigError, remedy: str) -> str:
    """Say in a sentence or two what is wrong with the configuration: the first mistake, and how many more."""
    wrong = [problem for problem in error.problems if not problem.is_warning]
    first = wrong[0]
    where = Path(first.file).name + ("" if first.line is None else f" line {first.line}")
    what = "" if first.key is None else f" {first.key}"
    more = "" if len(wrong) == 1 else f" ({len(wrong) - 1} more in the log)"
    return f"{where}:{what} {first.message}{more}. {remedy}"
