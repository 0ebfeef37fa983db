"""A text that takes back who we are is doubted for its time, whatever the clock of a single tick reads (17.13)."""

from __future__ import annotations

import pytest

from teamtactics.race.session_change import DOUBT_S, Doubt


def first_believed(clock: list[float]) -> int | None:
    """The index of the first tick of *clock* in which the doubtful text is believed."""
    doubt = Doubt()
    return next((index for index, at_s in enumerate(clock) if doubt.is_over(True, at_s)), None)


@pytest.mark.parametrize("unset", [[], [0], [1], [2, 3]])
def test_a_clock_that_nobody_set_in_a_tick_ends_no_doubt_and_begins_none(unset: list[int]) -> None:
    clock = [0.0 if second in unset else 100.0 + second for second in range(20)]
    begun = next(at_s for at_s in clock if at_s)
    believed = first_believed(clock)
    assert believed is not None
    assert clock[believed] == begun + DOUBT_S


def test_a_text_that_is_whole_again_ends_the_doubt() -> None:
    doubt = Doubt()
    assert not doubt.is_over(True, 100.0)
    assert doubt.is_over(False, 101.0)
    assert not doubt.is_over(True, 110.0)


def test_in_the_first_second_of_a_session_a_doubt_begins_like_in_any_other() -> None:
    doubt = Doubt()
    assert [doubt.is_over(True, at_s) for at_s in (0.5, 0.5, 0.25 + DOUBT_S, 0.5 + DOUBT_S)] == [False] * 3 + [True]
