"""How long is waited."""

from __future__ import annotations

import pytest

from teamtactics.cloud.fates import Unreachable
from teamtactics.cloud.retry import BackOff, RetryPolicy
from teamtactics.errors import TemporaryFailure


@pytest.mark.parametrize(
    ("failures", "longest_s"), [(1, 1.0), (2, 2.0), (3, 4.0), (6, 32.0), (7, 60.0), (8, 60.0), (10_000, 60.0)]
)
def test_the_longest_wait_doubles_up_to_the_cap(failures: int, longest_s: float) -> None:
    """Also after a night without a network: no overflow, and no more than a minute late."""
    assert RetryPolicy().wait_s(failures, chance=1.0) == longest_s


def test_nobody_answering_is_tried_every_few_seconds() -> None:
    """Whoever answers and does not want to is left alone for a minute; so is a stream, where it costs a read."""
    gone, busy = Unreachable("s", "gone"), TemporaryFailure("s", "busy")
    for error, is_cheap, longest_s in ((gone, True, 5.0), (gone, False, 60.0), (busy, True, 60.0)):
        back_off = BackOff(RetryPolicy(), lambda: 1.0)
        assert [back_off.failed(error, is_cheap=is_cheap) for _ in range(12)][-1] == longest_s


def test_the_whole_wait_is_drawn_by_lot() -> None:
    """Members who lost the same connection do not come back in the same instant."""
    assert [RetryPolicy().wait_s(5, chance) for chance in (0.25, 0.5, 0.75)] == [4.0, 8.0, 12.0]


def test_lucky_dice_are_no_hammering() -> None:
    assert RetryPolicy().wait_s(9, chance=0.0) == 0.2
