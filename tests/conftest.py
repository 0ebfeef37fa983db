"""What all tests share: the real recordings, the emulators, and that the fast tests come first."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from support.absent import absent
from support.thorough import IS_THOROUGH, some_of

pytest_plugins = ("support.cloud_fixtures",)

# How long one example takes says more about the machine's other work than about us.
hypothesis.settings.register_profile("thorough", deadline=None)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=25)
hypothesis.settings.load_profile("thorough" if IS_THOROUGH else "quick")

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


_IS_QUICK = pytest.StashKey[bool]()
"""Whether the slow tests are left out: nobody has asked for them, by name or by mark."""


def pytest_configure(config: pytest.Config) -> None:
    """Decide once: what a worker of xdist was asked for it does not know."""
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    is_quick = is_whole and not IS_THOROUGH and not config.option.markexpr and not config.option.keyword
    config.stash[_IS_QUICK] = getattr(config, "workerinput", {}).get("is_quick", is_quick)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist."""
    node.workerinput["is_quick"] = node.config.stash[_IS_QUICK]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the fast tests first, so that a mistake shows in seconds, and of the slow ones those that take longest."""
    if config.stash[_IS_QUICK]:
        left = _quick(items)
        config.hook.pytest_deselected(items=[item for item in items if item not in left])
        items[:] = [item for item in items if item in left]
    items.sort(key=_place)


def _quick(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return those of *items* that are not slow, and of cases of one kind as many as their mark says."""
    left, kinds = set[pytest.Item](), dict[str, list[pytest.Item]]()
    for item in items:
        if item.get_closest_marker("slow"):
            continue
        if item.get_closest_marker("some"):
            kinds.setdefault(item.nodeid.partition("[")[0], []).append(item)
        else:
            left.add(item)
    for cases in kinds.values():
        mark = cases[0].get_closest_marker("some")
        left.update(some_of(cases, mark.args[0] if mark else 0))
    return left


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say what is left out."""
    if config.stash[_IS_QUICK]:
        return "the slow tests and most cases of a kind are left out; TEAMTACTICS_REQUIRE=all tries everything"
    return None


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
