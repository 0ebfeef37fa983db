"""What all tests share: the real recordings, the emulators, and that the fast tests come first."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

from support.absent import absent

pytest_plugins = ("support.cloud_fixtures",)

# How long one example takes says more about the machine's other work than about us.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings and memory images; never part of the product."""
    if not SHARED_DATA.is_dir():
        absent("the recordings folder ../shared/data is not beside this checkout")
    return SHARED_DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the fast tests first, so that a mistake shows in seconds."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
