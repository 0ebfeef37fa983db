"""How much is tried: all of it in CI, else what a contributor waits for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

Case = TypeVar("Case")

IS_THOROUGH = os.environ.get("TEAMTACTICS_REQUIRE") == "all"
"""As in CI: nothing is left out, and what this machine lacks is a failure."""


def some_of(cases: Sequence[Case], quick: int) -> Sequence[Case]:
    """
    Return *cases* that are many of one kind: each of them where all is to be tried, else *quick* of them.

    Those are spread evenly, with the first and the last among them.
    """
    if IS_THOROUGH or len(cases) <= quick:
        return cases
    if quick < 2:
        return cases[:quick]
    return [cases[round(number * (len(cases) - 1) / (quick - 1))] for number in range(quick)]
