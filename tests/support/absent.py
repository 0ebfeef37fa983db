"""The rule that CI skips nothing."""

from __future__ import annotations

from typing import NoReturn

import pytest

from support.thorough import IS_THOROUGH


def absent(reason: str) -> NoReturn:
    """Skip the test with *reason*; where TEAMTACTICS_REQUIRE=all (CI) fail instead."""
    if IS_THOROUGH:
        pytest.fail(f"required here, but absent: {reason}")
    pytest.skip(reason)
