"""What all tests share: the real recordings, and the rule that CI skips nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest

from support.emulators import EmulatorAbsent, running_firestore_emulator, running_pubsub_fake

pytest_plugins = ("support.cloud_fixtures",)

# How long one example takes says more about the machine's other work than about us.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


def absent(reason: str) -> NoReturn:
    """Skip the test with *reason*; where TEAMTACTICS_REQUIRE=all (CI) fail instead."""
    if os.environ.get("TEAMTACTICS_REQUIRE") == "all":
        pytest.fail(f"required here, but absent: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings and memory images; never part of the product."""
    if not SHARED_DATA.is_dir():
        absent("the recordings folder ../shared/data is not beside this checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def firestore_emulator() -> Iterator[str]:
    """``host:port`` of a Firestore emulator that runs for the whole session; shared, so take names of your own."""
    with ExitStack() as stack:
        try:
            address = stack.enter_context(running_firestore_emulator())
        except EmulatorAbsent as error:
            absent(str(error))
        yield address


@pytest.fixture(scope="session")
def pubsub_fake() -> Iterator[str]:
    """``host:port`` of Google's Pub/Sub fake that runs for the whole session; shared, so take names of your own."""
    with ExitStack() as stack:
        try:
            address = stack.enter_context(running_pubsub_fake())
        except EmulatorAbsent as error:
            absent(str(error))
        yield address


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the fast tests first, so that a mistake shows in seconds."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
