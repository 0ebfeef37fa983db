"""What all tests share: the real recordings, the emulators, and that the fast tests come first."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

from support.absent import absent

pytest_plugins = ("support.cloud_fixtures",)

# How long one example takes says more about the machine's other work than about us.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

# The tests read English, whatever the PC speaks; so do the programs that they start.
os.environ["LC_ALL"] = "C.UTF-8"

# As from a terminal: a shell that runs the tests in the background lets whoever they start ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_LONG = ("windows/test_google.py", "e2e/", "windows/")
"""
Slow tests that wait for a clock or a desktop most of the time, in the order in which they begin: while one worker
builds the Windows program, the other is to have something else to do.
"""

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings and memory images; never part of the product."""
    if not SHARED_DATA.is_dir():
        absent("the recordings folder ../shared/data is not beside this checkout")
    return SHARED_DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the fast tests first, so that a mistake shows in seconds, and of the slow ones those that take longest."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    if item.get_closest_marker("slow") is None:
        return 0
    path = item.path.relative_to(Path(__file__).parent).as_posix()
    long = [number for number, begin in enumerate(_LONG, 1) if path.startswith(begin)]
    return long[0] if long else len(_LONG) + 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A worker sends what was printed and logged as UTF-8, and some tests log what cannot be written so."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report
