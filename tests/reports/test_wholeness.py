"""Is the record whole: a lap removed, doubled, altered, back-filled; said as a team lead would ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from teamtactics.model.parcel import Document
from teamtactics.reports.wholeness import (
    UNDER_WAY_S,
    Results,
    is_under_way,
    results_of,
    sentences,
    spans,
    wholeness,
)

LAPS = 131
TIMES = {lap: 95.0 + (lap * 7 % 13) / 10.0 for lap in range(1, LAPS + 1)}
FASTEST_S, FASTEST_LAP = min((time_s, lap) for lap, time_s in TIMES.items())
RESULTS = Results(LAPS, TIMES[LAPS], FASTEST_S, FASTEST_LAP)


def lap(number: int, **changes: Any) -> Document:
    driver = "Ada Falk" if number <= 60 else "Ben Ruiz"
    return {
        "LapCompleted": number,
        "LapLastLapTime": TIMES.get(number),
        "Driver": driver,
        "Source": "driver",
        **changes,
    }


def race() -> dict[int, Document]:
    return {number: lap(number) for number in range(1, LAPS + 1)}


def said(laps: dict[int, Document], results: Results = RESULTS) -> list[str]:
    return list(sentences(wholeness([*laps.values()], results)))


def test_a_whole_record() -> None:
    assert said(race()) == ["131 of 131 laps; fastest lap agrees."]
    assert wholeness([*race().values()], RESULTS).is_whole


def test_laps_that_only_team_mates_saw_are_there_without_fuel() -> None:
    laps = race() | {number: lap(number, Source="teammate") for number in (57, 58)}
    assert said(laps) == ["131 of 131 laps; 2 back-filled without fuel (57, 58); fastest lap agrees."]
    assert wholeness([*laps.values()], RESULTS).is_whole


def test_a_lap_removed_is_missing_and_whose_recording_can_fill_it_is_said() -> None:
    laps = race()
    for number in (57, 58, 59, 100):
        del laps[number]
    found = wholeness([*laps.values()], RESULTS)
    assert not found.is_whole
    assert list(sentences(found)) == [
        "127 of 131 laps; fastest lap agrees.",
        "Laps 57–59 are missing: a recording (.ibt) of Ada Falk's PC can fill what it saw.",
        "Lap 100 is missing: a recording (.ibt) of Ben Ruiz's PC can fill what it saw.",
    ]


def test_of_a_fastest_lap_that_is_missing_nothing_is_claimed() -> None:
    laps = race()
    del laps[FASTEST_LAP]
    assert said(laps)[0] == "130 of 131 laps."


def test_who_drove_a_lap_between_two_drivers_is_not_guessed() -> None:
    laps = race()
    del laps[61], laps[60]
    assert said(laps)[1] == "Laps 60, 61 are missing: a recording (.ibt) of the driver's PC can fill what it saw."


def test_the_last_laps_can_be_missing_too() -> None:
    laps = {number: each for number, each in race().items() if number < 130}
    assert said(laps)[0] == "129 of 131 laps; fastest lap agrees."


def test_a_lap_doubled_is_one_that_the_simulator_does_not_count() -> None:
    laps = race() | {132: lap(132), 900: lap(57)}
    assert said(laps)[-1] == "Laps 57, 132: recorded, but not counted by the simulator."


def test_a_fastest_lap_that_was_altered_disagrees() -> None:
    laps = race() | {FASTEST_LAP: lap(FASTEST_LAP, LapLastLapTime=FASTEST_S + 0.5)}
    assert said(laps)[1:] == ["The simulator says 1:35.0000 for lap 13, recorded is 1:35.5000."]
    faster = race() | {40: lap(40, LapLastLapTime=FASTEST_S - 1.0)}
    assert said(faster)[1:] == ["Faster than the simulator's fastest lap (1:35.0000): 40."]


def test_a_last_lap_that_was_altered_disagrees() -> None:
    laps = race() | {LAPS: lap(LAPS, LapLastLapTime=TIMES[LAPS] + 0.01)}
    assert len(said(laps)) == 2
    assert not wholeness([*laps.values()], RESULTS).is_whole


def test_without_results_the_laps_known_are_counted_and_nothing_is_claimed() -> None:
    laps = {number: each for number, each in race().items() if number != 7}
    assert said(laps, Results())[0] == "130 of 131 laps; the simulator showed no results to compare with."
    assert said({}, Results()) == ["No lap is recorded."]
    assert said({}, Results(2))[0] == "0 of 2 laps."


def test_what_is_no_lap_s_number_is_left_out() -> None:
    odd: list[Document] = [{"LapCompleted": None}, {"LapCompleted": 0}, lap(1)]
    assert wholeness(odd, Results(1)).recorded == 1


@pytest.mark.parametrize(
    ("facts", "results"),
    [
        ({}, Results()),
        (
            {"ResultLaps": 3, "ResultLastTime": 90.5, "ResultFastestTime": 90.1, "ResultFastestLap": 2},
            Results(3, 90.5, 90.1, 2),
        ),
        ({"ResultLaps": 0, "ResultLastTime": None, "ResultFastestTime": None, "ResultFastestLap": None}, Results(0)),
    ],
)
def test_what_is_kept_of_the_results(facts: Document, results: Results) -> None:
    assert results_of(facts) == results


def test_neighbours_are_drawn_together() -> None:
    assert spans([3, 1, 2, 7, 8, 10, 10]) == "1–3, 7, 8, 10"


def test_while_the_race_is_under_way_results_and_record_may_be_one_lap_apart() -> None:
    laps = [lap(number) for number in range(1, 57)]
    for results_laps in (55, 56, 57):
        found = wholeness(laps, Results(results_laps), is_under_way=True)
        assert (found.recorded, found.missing, found.beyond) == (56, [], [])
    assert wholeness(laps, Results(58), is_under_way=True).missing == [(57, "Ada Falk"), (58, "Ada Falk")]
    assert wholeness(laps, Results(54), is_under_way=True).beyond == [55, 56]
    assert wholeness(laps, Results(57)).missing == [(57, "Ada Falk")], "and once it is over they must be the same"
    assert wholeness(laps, Results(55)).beyond == [56]


def test_a_session_is_under_way_until_somebody_finished_or_nothing_came_for_long() -> None:
    ended = datetime(2026, 3, 1, 12, tzinfo=UTC)
    laps = [lap(1, Utc=ended - timedelta(minutes=2), SessionState=4), lap(2, Utc=ended, SessionState=4)]
    assert is_under_way(laps, ended + timedelta(seconds=UNDER_WAY_S - 1))
    assert not is_under_way(laps, ended + timedelta(seconds=UNDER_WAY_S))
    assert not is_under_way([*laps, lap(3, Utc=ended, SessionState=5)], ended)
    assert not is_under_way([lap(1)], ended), "nobody knows when it was driven: it is not of now"
    assert not is_under_way([], ended)


def test_a_lap_behind_the_finish_may_be_counted_or_not() -> None:
    """The lap home is recorded like any other; nobody has measured whether the simulator counts it in its results."""
    laps = race()
    laps[LAPS] = lap(LAPS, SessionState=5)
    laps[LAPS + 1] = lap(LAPS + 1, LapLastLapTime=60.0, SessionState=6)
    assert said(laps) == ["131 of 131 laps; fastest lap agrees."]
    laps[LAPS + 1] = lap(LAPS + 1, LapLastLapTime=160.0, SessionState=6)
    counted = Results(LAPS + 1, 160.0, FASTEST_S, FASTEST_LAP)
    assert said(laps, counted) == ["132 of 132 laps; fastest lap agrees."]
    laps[LAPS + 2] = lap(LAPS + 2, SessionState=6)
    assert said(laps, counted)[1] == "Lap 133: recorded, but not counted by the simulator."
    del laps[LAPS + 1], laps[LAPS + 2]
    assert said(laps, counted)[0].startswith("131 of 132 laps")
