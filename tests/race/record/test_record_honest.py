"""Whatever was seen of a race, and by whom: what the record says is true, and it says all that follows."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from race.record.any_race import looks, many, races
from race.record.paper_race import ADA, BEN, CYD, LAP_S, REQUEST, Race
from teamtactics.model.facts import LapFacts, MomentKind
from teamtactics.model.records import LapRecord, Moment
from teamtactics.race.record.fuel import SPLASH_S
from teamtactics.race.record.record import Record

FUEL_L = 0.001
TIME_S = 0.05


@many
@given(st.data())
def test_no_number_is_wrong(data: st.DataObject) -> None:
    """Also a lap with two drivers, killed clients and a stop that was seen in part."""
    race = data.draw(races())
    told: list[LapFacts] = []
    seen: list[tuple[float, float]] = []
    for member in (ADA, BEN, CYD):
        spans = data.draw(looks(race.end_s))
        told += race.seen_by(member, *spans)
        seen += spans
    record = Record()
    record.learn(told)
    for lap in record.completed():
        check(race, lap, seen)


@many
@given(races())
def test_who_sees_all_from_the_car_and_around_it_knows_all(race: Race) -> None:
    """Every driver's client runs all the time: nothing is unknown, and every stint number is right."""
    record = Record()
    for member in (ADA, BEN):
        record.learn(race.seen_by(member, (0.0, race.end_s)))
    assert [lap.lap_completed for lap in record.completed()] == list(range(1, 7))
    for lap in record.completed():
        check(race, lap)
        assert (lap.stint, lap.stint_lap) == race.stint(lap.lap_completed)
        assert None not in (lap.tally.fuel_added_l, lap.fuel_level_l, lap.pit_sv_flags)
        is_reset = bool(resets(race, lap.lap_completed))
        assert (lap.measured_s is None, lap.fuel_used_l is None) == (is_reset, is_reset)
        assert lap.gap_s == 0.0
        assert lap.customer_id == race.driver(lap.lap_completed * LAP_S)


@many
@given(st.data())
def test_a_stop_that_somebody_watched_is_counted(data: st.DataObject) -> None:
    """The watcher sees all, the driver's client what it likes: the stint numbers are right."""
    race = data.draw(races())
    record = Record()
    record.learn(race.seen_by(ADA, *data.draw(looks(race.end_s))))
    record.learn(race.seen_by(CYD, (0.0, race.end_s)))
    for lap in record.completed():
        assert (lap.stint, lap.stint_lap) == race.stint(lap.lap_completed), lap.lap_completed


def check(race: Race, lap: LapRecord, seen: Sequence[tuple[float, float]] = ()) -> None:
    """
    Every field is true, or unknown.

    Args:
        seen: When anybody looked; nothing for all the time.
    """
    n = lap.lap_completed
    from_s, until_s = (n - 1) * LAP_S, n * LAP_S
    near(lap.measured_s, LAP_S, TIME_S)
    near(lap.fuel_level_l, race.fuel_l(until_s), FUEL_L)
    near(lap.tally.fuel_added_l, race.added_l(from_s, until_s), FUEL_L)
    near(lap.fuel_used_l, race.fuel_l(from_s) + race.added_l(from_s, until_s) - race.fuel_l(until_s), FUEL_L)
    noticed = [at_s for at_s in resets(race, n) if not is_believed_away(race, at_s, seen)]
    assert not (noticed and lap.fuel_used_l is not None), "a changed tank is no consumption"
    driven = [visit for visit in race.visits if visit.put is None]
    stops = [v.stop_s for v in driven if v.stop_s is not None and from_s < v.stop_s <= until_s]
    starts = [v.start_s for v in race.visits if v.start_s is not None and from_s < v.start_s <= until_s]
    assert lap.pit_sv_flags in ({None, REQUEST} if stops else {None, 0})
    among(lap.tally.stop_moving, stops)
    among(lap.tally.start_moving, starts)
    among(lap.tally.pit_enter, [v.enter_s for v in driven if from_s < v.enter_s <= until_s])
    among(lap.tally.pit_exit, [v.exit_s for v in race.visits if from_s < v.exit_s <= until_s])
    assert lap.customer_id in (None, race.driver(until_s))
    if lap.was_line_seen:
        near(lap.session_time_s, until_s, TIME_S)


def resets(race: Race, lap: int) -> list[float]:
    """When the car was reset in *lap*."""
    put = [visit.enter_s for visit in race.visits if visit.put is MomentKind.RESET]
    return [at_s for at_s in put if race.lap_at(at_s) == lap]


def is_believed_away(race: Race, at_s: float, seen: Sequence[tuple[float, float]]) -> bool:
    """Whether the reset and what followed hid in a minute that nobody saw (SIMULATOR#believed, "A minute unseen")."""
    (visit,) = (visit for visit in race.visits if visit.enter_s == at_s)
    before_s = max((until_s for _, until_s in seen if until_s <= visit.enter_s), default=-inf)
    after_s = min((from_s for from_s, _ in seen if from_s >= visit.exit_s), default=inf)
    is_unseen = not any(from_s < visit.exit_s and until_s > visit.enter_s for from_s, until_s in seen)
    return is_unseen and after_s - before_s <= SPLASH_S


def near(said: float | None, true: float, within: float) -> None:
    assert said is None or abs(said - true) <= within, f"{said} is not {true}"


def among(said: Moment | None, true: list[float]) -> None:
    assert said is None or any(abs(said.session_time_s - at_s) <= TIME_S for at_s in true)
