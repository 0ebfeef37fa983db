"""Whether a document lacks anything of a record: what differs by less than anybody can know is the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from race.record.paper_race import ADA, LAP_S, Race, stop
from teamtactics.model.records import LapRecord, Moment
from teamtactics.race.record.record import Record
from teamtactics.race.record.same import says_the_same
from teamtactics.race.record.visits import PitState, decides


@pytest.fixture
def lap() -> LapRecord:
    record = Record()
    race = Race(visits=(stop(2 * LAP_S + 20.0, fills=((4.0, 20.0),)),))
    record.learn(race.seen_by(ADA, (0.0, race.end_s)))
    folded = record.lap(3)
    assert folded is not None
    return replace(folded.record, session_time_s=0.0, tally=replace(folded.record.tally, pit_exit=Moment(0.0, None)))


def exit_at(lap: LapRecord, at_s: float | None) -> LapRecord:
    return replace(lap, tally=replace(lap.tally, pit_exit=None if at_s is None else Moment(at_s, 7.0)))


def test_a_line_that_somebody_saw_is_not_one_that_nobody_saw(lap: LapRecord) -> None:
    unseen = replace(lap, was_line_seen=False)
    assert says_the_same(lap, lap)
    assert says_the_same(unseen, unseen)
    assert not says_the_same(lap, unseen)
    assert not says_the_same(unseen, lap)
    later = 100.0
    assert says_the_same(unseen, replace(unseen, session_time_s=later)), "when that was nobody knows"
    assert not says_the_same(lap, replace(lap, session_time_s=later))


def test_a_moment_is_known_to_some_hundredths(lap: LapRecord) -> None:
    for apart_s, is_same in ((0.0, True), (0.05, True), (0.0625, False)):
        assert says_the_same(lap, exit_at(lap, apart_s)) == says_the_same(exit_at(lap, apart_s), lap) == is_same
        assert says_the_same(lap, replace(lap, session_time_s=apart_s)) == is_same
    assert not says_the_same(exit_at(lap, None), lap)
    assert not says_the_same(lap, exit_at(lap, None))


@pytest.mark.parametrize(
    ("name", "within", "beyond"),
    [
        ("gap_s", 0.25, 0.375),
        ("measured_s", 0.05, 0.0625),
        ("fuel_level_l", 0.001, 0.0015),
        ("official_s", 0.001, 0.0015),
    ],
)
def test_so_far_two_values_may_be_apart(lap: LapRecord, name: str, within: float, beyond: float) -> None:
    lap = replace(lap, **{name: 0.0})
    assert says_the_same(lap, replace(lap, **{name: within}))
    assert not says_the_same(lap, replace(lap, **{name: beyond}))
    assert says_the_same(lap, replace(lap, **{name: -within}))
    if name != "gap_s":
        for one, other in ((lap, replace(lap, **{name: None})), (replace(lap, **{name: None}), lap)):
            assert not says_the_same(one, other)


def test_a_document_lacks_the_name_of_who_drove_and_no_record_lacks_it(lap: LapRecord) -> None:
    nameless = replace(lap, driver=None)
    assert not says_the_same(lap, nameless)
    assert says_the_same(nameless, lap)
    assert says_the_same(lap, replace(lap, driver="A. Falk")), "two members may spell it in two ways"


def test_numbers_and_clocks_are_no_difference_and_what_was_put_in_is(lap: LapRecord) -> None:
    assert says_the_same(lap, replace(lap, stint=9, stint_lap=9, utc_s=1.0, time_of_day_s=1.0))
    assert says_the_same(lap, replace(lap, tally=replace(lap.tally, pit_sv_flags=99))), "it is compared as the lap's"
    assert not says_the_same(lap, replace(lap, pit_sv_flags=99))
    tally = lap.tally
    for other in (replace(tally, fuel_added_l=None), replace(tally, repair_s=7.0), replace(tally, stop_moving=None)):
        assert not says_the_same(lap, replace(lap, tally=other))


def test_who_has_left_the_pits_is_where_he_was_who_never_stood_there() -> None:
    record = Record()
    race = Race(visits=(stop(2 * LAP_S + 20.0),))
    record.learn(race.seen_by(ADA, (0.0, race.end_s)))
    assert decides(record.state_after(3)) == decides(PitState(has_been_on_track=True))
    assert decides(None) == decides(PitState())
