"""Whatever was seen of a race, and by whom: what the record says is true, and it says all that follows."""

from __future__ import annotations

import os
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from race.record.paper_race import ADA, BEN, CYD, LAP_S, REQUEST, Race, drive_through, stop
from teamtactics.model.facts import LapFacts
from teamtactics.model.records import LapRecord, Moment
from teamtactics.race.record.record import Record

EXAMPLES = int(os.environ.get("TEAMTACTICS_EXAMPLES", "12"))
many = settings(max_examples=5 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
FUEL_L = 0.001
TIME_S = 0.05


@st.composite
def races(draw: st.DrawFn) -> Race:
    """Up to three visits in six laps: stops and drive-throughs, the line before, in or behind them, and changes."""
    visits = []
    at_s = 20.0
    driver = ADA
    for _ in range(draw(st.integers(0, 3))):
        at_s += draw(st.floats(20.0, 100.0))
        if draw(st.booleans()):
            visits.append(drive_through(at_s))
        else:
            fills = draw(st.sampled_from([(), ((4.0, 20.0),), ((2.0, 8.0), (14.0, 26.0))]))
            change = None
            if draw(st.booleans()):
                driver = draw(st.sampled_from([ADA, BEN]))
                leaves_s = draw(st.sampled_from([1.0, 9.0, 27.0]))
                change = (leaves_s, leaves_s + 1.5, driver)
            visits.append(stop(at_s, fills=fills, change=change))
        at_s = visits[-1].exit_s
        # The stall is not at the line: nobody stands on it.
        if visits[-1].stop_s is not None and any(
            visits[-1].stop_s - 2 < n * LAP_S < visits[-1].start_s + 2 for n in range(8)
        ):
            visits.pop()
            break
    visits = [visit for visit in visits if visit.exit_s < 6 * LAP_S - 1]
    return Race(6, tuple(visits))


@st.composite
def looks(draw: st.DrawFn, end_s: float) -> list[tuple[float, float]]:
    """When a client looked: all the time, never, or with holes."""
    cuts = sorted(draw(st.lists(st.floats(0.5, end_s - 0.5), max_size=6, unique=True)))
    edges = [0.0, *cuts, end_s]
    is_on = draw(st.booleans())
    spans = []
    for from_s, until_s in pairwise(edges):
        if is_on and until_s - from_s > 0.2:
            spans.append((from_s, until_s))
        is_on = not is_on
    return spans


@many
@given(st.data())
def test_no_number_is_wrong(data: st.DataObject) -> None:
    """Also a lap with two drivers, killed clients and a stop that was seen in part."""
    race = data.draw(races())
    told: list[LapFacts] = []
    for member in (ADA, BEN, CYD):
        told += race.seen_by(member, *data.draw(looks(race.end_s)))
    record = Record()
    record.learn(told)
    for lap in record.completed():
        check(race, lap)


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
        assert None not in (lap.measured_s, lap.fuel_used_l, lap.tally.fuel_added_l, lap.fuel_level_l, lap.pit_sv_flags)
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


def check(race: Race, lap: LapRecord) -> None:
    """Every field is true, or unknown."""
    n = lap.lap_completed
    from_s, until_s = (n - 1) * LAP_S, n * LAP_S
    near(lap.measured_s, LAP_S, TIME_S)
    near(lap.fuel_level_l, race.fuel_l(until_s), FUEL_L)
    near(lap.tally.fuel_added_l, race.added_l(from_s, until_s), FUEL_L)
    near(lap.fuel_used_l, race.fuel_l(from_s) + race.added_l(from_s, until_s) - race.fuel_l(until_s), FUEL_L)
    stops = [v.stop_s for v in race.visits if v.stop_s is not None and from_s < v.stop_s <= until_s]
    starts = [v.start_s for v in race.visits if v.start_s is not None and from_s < v.start_s <= until_s]
    assert lap.pit_sv_flags in ({None, REQUEST} if stops else {None, 0})
    among(lap.tally.stop_moving, stops)
    among(lap.tally.start_moving, starts)
    among(lap.tally.pit_enter, [v.enter_s for v in race.visits if from_s < v.enter_s <= until_s])
    among(lap.tally.pit_exit, [v.exit_s for v in race.visits if from_s < v.exit_s <= until_s])
    assert lap.customer_id in (None, race.driver(until_s))
    if lap.was_line_seen:
        near(lap.session_time_s, until_s, TIME_S)


def near(said: float | None, true: float, within: float) -> None:
    assert said is None or abs(said - true) <= within, f"{said} is not {true}"


def among(said: Moment | None, true: list[float]) -> None:
    assert said is None or any(abs(said.session_time_s - at_s) <= TIME_S for at_s in true)
