"""What all tests share: the real recordings, the emulators, and that the fast tests come first."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

from support.absent import absent

pytest_plugins = ("support.cloud_fixtures",)

# How long one example takes says more about the machine's other work than about us.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

_LONG = ("windows", "e2e")
"""Rooms whose slow tests wait for a clock or a desktop most of the time, in the order in which they are begun."""

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings and memory images; never part of the product."""
    if not SHARED_DATA.is_dir():
        absent("the recordings folder ../shared/data is not beside this checkout")
    return SHARED_DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Run the fast tests first, so that a mistake shows in seconds; then those that take longest.

    With several workers, what must not run side by side stays with one of them: a module, the Windows desktops, and the
    races in real time, which mostly wait.
    """
    items.sort(key=_place)
    for item in items:
        group, is_slow = _group(item), item.get_closest_marker("slow") is not None
        item.add_marker(pytest.mark.xdist_group(f"{group} slow" if is_slow else group))


def _group(item: pytest.Item) -> str:
    path = item.path.relative_to(Path(__file__).parent)
    return path.parts[0] if path.parts[0] in _LONG else path.as_posix()


def _place(item: pytest.Item) -> int:
    if item.get_closest_marker("slow") is None:
        return 0
    group = _group(item)
    return 1 + _LONG.index(group) if group in _LONG else 1 + len(_LONG)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A worker sends what was printed and logged as UTF-8, and some tests log what cannot be written so."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report
