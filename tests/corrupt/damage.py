"""Damage as it happens to bytes: bits that flip, stretches that are lost, doubled, zeroed or somebody else's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("TEAMTACTICS_EXAMPLES", "60"))
"""Of each kind; the nightly run takes 10,000."""
LONGEST = timedelta(seconds=2)
"""No input, however absurd, holds the program longer."""


class Blow(NamedTuple):
    """One piece of damage: what is done, where (a share of the length) and with what."""

    how: str
    at: float
    length: int
    with_bytes: bytes


def many(function: Any) -> Any:
    """Let hypothesis try ``EXAMPLES`` examples, each within ``LONGEST``."""
    unhealthy = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
    return settings(max_examples=EXAMPLES, deadline=LONGEST, suppress_health_check=unhealthy)(function)


def blows(within: float = 1.0) -> st.SearchStrategy[list[Blow]]:
    """Some damage in the first *within* of the bytes."""
    numbers = st.sampled_from([b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\xff\xff\xff\xff", b"\x00\x00\xc0\x7f"])
    blow = st.builds(
        Blow,
        how=st.sampled_from(["flip", "put", "cut", "double", "zero", "end"]),
        at=st.floats(0.0, within),
        length=st.sampled_from([1, 2, 4, 8, 144, 1000, 100_000]),
        with_bytes=st.one_of(numbers, st.binary(min_size=1, max_size=40)),
    )
    return st.lists(blow, min_size=1, max_size=6)


def struck(sound: bytes, damage: Sequence[Blow]) -> bytes:
    """Return *sound* with *damage* done to it."""
    raw = bytearray(sound)
    for blow in damage:
        at = int(blow.at * len(raw))
        if blow.how == "flip" and at < len(raw):
            raw[at] ^= 1 << (blow.length % 8)
        elif blow.how == "put":
            raw[at : at + len(blow.with_bytes)] = blow.with_bytes
        elif blow.how == "cut":
            del raw[at : at + blow.length]
        elif blow.how == "double":
            raw[at:at] = raw[at : at + blow.length]
        elif blow.how == "zero":
            raw[at : at + blow.length] = bytes(len(raw[at : at + blow.length]))
        elif blow.how == "end":
            del raw[at:]
    return bytes(raw)
