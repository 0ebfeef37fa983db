"""When a session is over: in its cool-down, left under the checkered flag, or for another one."""

from __future__ import annotations

from collections.abc import Iterable

from teamtactics.model.status import SimulatorState, Status
from teamtactics.reports.session_end import SETTLE_S, Followed, over

RACING, CHECKERED, COOL_DOWN = 4, 5, 6
CONNECTED, WAITING = SimulatorState.CONNECTED, SimulatorState.WAITING


def told(pictures: Iterable[Status]) -> list[tuple[float, str]]:
    """Return when which session is over."""
    followed, found = Followed(), []
    for status in pictures:
        followed, ended = over(followed, status)
        if ended is not None:
            found.append((status.at_s, ended))
    return found


def seconds(
    begin_s: int, end_s: int, state: int | None, simulator: SimulatorState = CONNECTED, collection: str = "race"
) -> list[Status]:
    return [
        Status(float(at_s), simulator=simulator, collection=collection, session_state=state)
        for at_s in range(begin_s, end_s)
    ]


def test_a_race_is_over_in_its_cool_down_once_and_when_the_last_results_are_in() -> None:
    assert told([*seconds(0, 100, RACING), *seconds(100, 160, CHECKERED), *seconds(160, 400, COOL_DOWN)]) == [
        (160.0 + SETTLE_S, "race")
    ]


def test_under_the_checkered_flag_others_still_finish() -> None:
    assert told([*seconds(0, 100, RACING), *seconds(100, 1_000, CHECKERED)]) == []


def test_who_leaves_under_the_checkered_flag_is_told_as_well() -> None:
    pictures = [*seconds(0, 100, RACING), *seconds(100, 130, CHECKERED), *seconds(130, 300, None, WAITING)]
    assert told(pictures) == [(130.0 + SETTLE_S, "race")]


def test_a_simulator_that_goes_in_mid_race_comes_back() -> None:
    pictures = [*seconds(0, 100, RACING), *seconds(100, 400, None, WAITING), *seconds(400, 500, RACING)]
    assert told(pictures) == []


def test_a_race_that_goes_on_after_all_is_told_at_its_real_end() -> None:
    """A restart by the server shows the cool-down for a moment."""
    pictures = [*seconds(0, 100, COOL_DOWN)[: int(SETTLE_S)], *seconds(100, 200, RACING), *seconds(200, 300, COOL_DOWN)]
    assert told(pictures) == [(200.0 + SETTLE_S, "race")]


def test_another_session_ends_the_one_before() -> None:
    practice, race = seconds(0, 100, RACING, collection="practice"), seconds(100, 200, RACING)
    assert told([*practice, *race]) == [(100.0, "practice")]
    finished = seconds(60, 90, COOL_DOWN, collection="practice")
    assert told([*practice[:60], *finished, *race]) == [(60.0 + SETTLE_S, "practice")], "and is told once"


def test_before_the_first_session_nothing_is_over() -> None:
    assert told([Status(0.0), Status(1.0), *seconds(2, 20, RACING)]) == []


def test_a_picture_that_nobody_renews_ends_nothing() -> None:
    old = [Status(float(at_s), is_old=True) for at_s in range(100, 200)]
    assert told([*seconds(0, 100, RACING), *old, *seconds(200, 300, RACING)]) == []
