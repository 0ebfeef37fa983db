"""What all tests share: the real recordings, and the rule that CI skips nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

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
