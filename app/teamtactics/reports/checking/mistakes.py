"""What is wrong with the configuration, as lines of the check: each mistake in the line of what it spoils."""

from __future__ import annotations

from collections.abc import Sequence

from teamtactics.errors import ConfigError, Problem
from teamtactics.language import Said
from teamtactics.reports.checking.result import CheckResult
from teamtactics.settings.settings import Settings

CONFIGURATION = "configuration"
_LINES = {
    "googleaccesstoken": "credentials",
    "messagetopic": "topic",
    "proxy": "proxy",
    "simulate": "simulate",
    "datadir": "data folder",
}
"""Key → name of the line; what is of no other is the configuration's."""


def configuration(settings: Settings | ConfigError, sound: Settings | None) -> list[CheckResult]:
    """
    Return the lines of the configuration itself: where it is, and what of it is wrong that has no line of its own.

    Args:
        sound: What holds beside the mistakes; None when nothing of the ini is known.
    """
    problems = settings.problems if isinstance(settings, ConfigError) else settings.warnings
    own = [_line(CONFIGURATION, problem) for problem in problems if _name(problem) == CONFIGURATION]
    if any(line.ok is False for line in own) or sound is None:
        return own
    if sound.ini_path is None:
        where: str = Said("no teamtactics.ini, defaults are used")
    elif isinstance(settings, ConfigError):
        where = Said("{file}, apart from the mistakes below", file=sound.ini_path)
    else:
        where = str(sound.ini_path)
    return [CheckResult(CONFIGURATION, True, where), *own]


def mistakes(settings: Settings | ConfigError, name: str) -> list[CheckResult]:
    """Return what is wrong in the configuration with the thing of the line *name*."""
    problems: Sequence[Problem] = settings.problems if isinstance(settings, ConfigError) else ()
    return [_line(name, problem) for problem in problems if _name(problem) == name]


def _name(problem: Problem) -> str:
    return CONFIGURATION if problem.is_warning else _LINES.get((problem.key or "").lower(), CONFIGURATION)


def _line(name: str, problem: Problem) -> CheckResult:
    ok = None if problem.is_warning else False
    return CheckResult(name, ok, str(problem), problem.is_warning, problem.local)
