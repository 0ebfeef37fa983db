"""A real race of six hours, rebuilt from its log and held against it: what is told of each lap, stop and change."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import pytest

from e2e.six_hours import ARRIVES_L, BEN, BENS_LAP_L, BENS_STOPS, FULL_L, PICTURE_LATE_S, ROLF, SixHours, Visit
from e2e.six_hours_frames import Hole, follow, frames
from e2e.six_hours_log import Log
from race.driving import known, seen
from teamtactics.model.events import Event
from teamtactics.model.frame import APPROACHING_PITS, IN_PIT_STALL, ON_TRACK, Frame
from teamtactics.model.records import LapRecord

pytestmark = pytest.mark.slow  # to follow all of it takes half a minute

LOG = "irtactics-6h-road_america.log.gz"
ROLFS = [*range(33, 64), *range(109, 131)]
"""Laps at whose end he drove."""

ROAD_S = 2.1
"""So far behind surface 2 the rebuilt pit road begins; the log has nothing of it."""


class Race:
    """The race and what each client told of the whole of it."""

    def __init__(self, log: Log) -> None:
        self.log, self.race = log, SixHours(log)
        self._shown: dict[tuple[int, int, float], list[Frame]] = {}

    @cached_property
    def rolf(self) -> list[Event]:
        """Rolf's client, all six hours."""
        return follow(self.race, ROLF, frames(self.race, ROLF))

    @cached_property
    def ben(self) -> list[Event]:
        """Ben's."""
        return follow(self.race, BEN, frames(self.race, BEN))

    @cached_property
    def together(self) -> dict[int, LapRecord]:
        """What the team knows."""
        return known(self.rolf, self.ben)

    def visit(self, lap: int) -> Visit:
        """Return the visit in which *lap* ended."""
        return next(visit for visit in self.race.visits if visit.lap == lap)

    def around(
        self, lap: int, member: int, without: Sequence[Hole] = (), late_s: float = PICTURE_LATE_S
    ) -> list[Event]:
        """Follow the visit at the end of *lap* alone, from a minute before it until two laps later."""
        return follow(self.race, member, self.shown(lap, member, late_s), without)

    def shown(self, lap: int, member: int, late_s: float = PICTURE_LATE_S) -> Sequence[Frame]:
        """Return what *member* is shown of it."""
        key = lap, member, late_s
        if key not in self._shown:
            if len(self._shown) > 1:
                self._shown.clear()
            span = (self.visit(lap).enter_s - 60.0, self.race.lines[lap + 2] + 10.0)
            self._shown[key] = list(frames(self.race, member, *span, late_s))
        return self._shown[key]


@pytest.fixture(scope="module")
def six(shared_data: Path) -> Race:
    return Race(Log.read(shared_data / "real" / LOG))


def told_edges(log: Log, was: int, now: int) -> list[tuple[float, float]]:
    """Between which two looks the track surface changed so."""
    return [(log.before(b[0]), b[0]) for a, b in pairwise(log.places) if (a[1], b[1]) == (was, now)]


def litres(log: Log, from_s: float, until_s: float) -> float:
    """What the level rose by between the looks of a span."""
    inside = [level for at_s, level in log.fuel if from_s < at_s < until_s]
    return sum(b - a for a, b in pairwise(inside) if b > a)


# ---------------------------------------------------------------------------------------------------- the whole race


@pytest.mark.recording
def test_each_lap_is_there_once_with_its_driver_and_its_stint(six: Race) -> None:
    laps = six.together
    assert [*laps] == [*range(1, max(laps) + 1)]
    assert max(laps) == 173
    assert [lap for lap, one in laps.items() if one.customer_id == ROLF] == ROLFS
    assert {one.customer_id for one in laps.values()} == {ROLF, BEN}
    begins = [lap for lap in laps if laps[lap].stint_lap == 1]
    assert begins == [1, 9, 33, 40, 54, 64, 85, 109, 110, 131, 155], "the laps after the log's visits and Ben's"
    assert [laps[lap].stint for lap in begins] == [*range(1, 12)]
    assert all(laps[lap].stint_lap == laps[lap - 1].stint_lap + 1 for lap in laps if lap not in begins)  # type: ignore[operator]
    assert all(one.gap_s == 0.0 for one in laps.values())
    assert all(one.tally.tow_s == 0.0 for one in laps.values())


@pytest.mark.recording
def test_visits_lie_between_the_looks_that_the_log_has_of_them(six: Race) -> None:
    tallies = [six.together[lap].tally for lap in range(33, 132)]
    told = {
        "enter": ([t.pit_enter for t in tallies], told_edges(six.log, 3, 2), (0.0, ROAD_S)),
        "stop": ([t.stop_moving for t in tallies], told_edges(six.log, 2, 1), (0.0, 1.0)),
        "start": ([t.start_moving for t in tallies], told_edges(six.log, 1, 2), (-1.0, 0.0)),
        "exit": ([t.pit_exit for t in tallies], told_edges(six.log, 2, 3), (-1.1, 0.0)),
    }
    assert [len(looks) for _, looks, _ in told.values()] == [5, 5, 5, 5]
    drives = six.log.drives
    for kind, (found, looks, (early, late)) in told.items():
        times = [at.session_time_s for at in found if at is not None]
        his = [at_s for at_s in times if any(from_s - 2.0 < at_s < until_s + 2.0 for from_s, until_s in drives)]
        assert len(his) == len(looks), kind
        for at_s, (after_s, by_s) in zip(his, looks, strict=True):
            assert after_s + early <= at_s <= by_s + late, kind


@pytest.mark.recording
def test_litres_of_every_stop(six: Race) -> None:
    added = {lap: one.tally.fuel_added_l for lap, one in six.together.items() if one.tally.fuel_added_l != 0.0}
    log = six.log
    cut = {64: litres(log, 8894.0, 8906.0), 131: litres(log, 16752.0, 16760.0)}
    assert cut == pytest.approx({64: 23.62, 131: 11.65}, abs=0.01), "before the change; on to 62.5 L behind it"
    found = {33: litres(log, 4527.0, 4565.0), 109: litres(log, 14065.0, 14130.0)}
    assert found == pytest.approx({33: 36.90, 109: 39.03}, abs=0.01), "from what he found on"
    whole = {
        40: litres(log, 5430.0, 6010.0),
        64: FULL_L - log.level(log.before(8898.0)),
        110: litres(log, 14290.0, 14325.0),
        131: FULL_L - log.level(log.before(16756.0)),
        33: FULL_L - ARRIVES_L,
        109: FULL_L - ARRIVES_L,
        **{stop + 1: BENS_LAP_L * (stop - begin) for stop, begin in zip(BENS_STOPS, (0, 63, 130), strict=True)},
    }
    assert whole[40] == pytest.approx(17.52, abs=0.01)
    assert added == pytest.approx(whole, abs=0.05)
    assert six.together[54].tally.fuel_added_l == 0.0, "a stop for repairs alone"
    fills = {facts.lap: facts.fillings[-1].added_l for facts in seen(six.rolf) if facts.fillings}
    assert {lap: fills[lap] for lap in found} == pytest.approx(found, abs=3.1), "and the second before his first look"


@pytest.mark.recording
def test_repairs_are_the_most_that_was_shown(six: Race) -> None:
    laps = six.together
    for lap in ROLFS:
        tally, begun_s = laps[lap].tally, six.race.lines[lap - 1]
        shown = [left for at_s, _, _, *left in six.log.places if begun_s < at_s <= six.race.lines[lap]]
        assert tally.repair_s == pytest.approx(max((each[0] for each in shown), default=0.0), abs=0.01)
        assert tally.optional_repair_s == pytest.approx(max((each[1] for each in shown), default=0.0), abs=0.01)
    assert {lap: round(one.tally.repair_s or 0.0, 1) for lap, one in laps.items() if one.tally.repair_s} == {40: 500.0}
    optional = {lap: one.tally.optional_repair_s for lap, one in laps.items() if one.tally.optional_repair_s}
    assert optional == pytest.approx({40: 48.49, 54: 63.77, 64: 7.78, 109: 31.13, 110: 20.0, 131: 41.24}, abs=0.01)


@pytest.mark.recording
def test_laps_have_the_log_s_times_and_levels(six: Race) -> None:
    laps, lines = six.together, six.log.lines
    shown = 0
    for lap in [lap for lap in ROLFS if lap - 1 in lines or lap == 33]:
        one, here, before = laps[lap], lines[lap], lines.get(lap - 1)
        assert here.after_s < one.session_time_s <= here.by_s
        assert here.by_l - 0.01 <= (one.fuel_level_l or 0.0) <= here.after_l + 0.01
        assert one.track_temp_c == here.temp_c
        told = {lines[each].told_s for each in (lap, lap + 1) if each in lines}
        shown += one.official_s in told
        assert one.official_s in told or one.official_s is None or six.log.official(lap) is None
        if before is None or lap == 109:
            assert one.official_s is None, "a lap that a change has cut has no official time"
            continue
        assert here.after_s - before.by_s <= (one.measured_s or 0.0) <= here.by_s - before.after_s
        if one.official_s is not None:
            assert one.measured_s == pytest.approx(one.official_s, abs=0.035), "one tick at each end"
        if one.tally.fuel_added_l == 0.0:
            used_l = one.fuel_used_l or 0.0
            assert before.by_l - here.after_l - 0.01 <= used_l <= before.after_l - here.by_l + 0.01
    assert shown >= 38, "the log shows so many laps' own times"
    assert laps[40].fuel_used_l == pytest.approx(lines[39].by_l - 44.981 + 62.5 - lines[40].by_l, abs=0.1)
    assert laps[40].official_s == pytest.approx(706.5674, abs=1e-4)
    assert [lap for lap, one in laps.items() if one.on_pit_road] == [8, 32, 39, 53, 63, 84, 108, 109, 130, 154]


@pytest.mark.recording
def test_shared_laps_are_known_whole_and_burn_what_was_burned(six: Race) -> None:
    for lap in (33, 64, 109, 131):
        one, race = six.together[lap], six.race
        from_s, until_s = race.lines[lap - 1], race.lines[lap]
        used_l = race.level(from_s) + (one.tally.fuel_added_l or 0.0) - race.level(until_s)
        assert one.fuel_used_l == pytest.approx(used_l, abs=0.02)
        assert one.measured_s == pytest.approx(until_s - from_s, abs=0.05)
        assert one.tally.pit_sv_flags == 63
    assert six.together[54].tally.pit_sv_flags == 32


@pytest.mark.recording
def test_one_client_alone_knows_what_it_saw_and_of_the_rest_nothing_false(six: Race) -> None:
    both = six.together
    for me, events in ((ROLF, six.rolf), (BEN, six.ben)):
        alone = known(events)
        assert [*alone] == [*both]
        cut = (33, 64, 109, 131)
        for lap, one in alone.items():
            assert (one.stint, one.stint_lap, one.customer_id) == (
                both[lap].stint,
                both[lap].stint_lap,
                both[lap].customer_id,
            )
            assert not wrong(one, both[lap])
            if one.customer_id == me and lap not in cut and lap - 1 not in (32, 63, 108, 130):
                assert one == both[lap]
            if lap in cut:
                assert (one.tally.fuel_added_l, one.fuel_used_l) == (None, None)


# ------------------------------------------------------------------------------------------------ variations of visits

TOLERANCES = {"official": 1e-3, "measured": 0.05, "level": 0.01, "used": 0.05, "added": 0.05}


def values(lap: LapRecord) -> dict[str, float | None]:
    tally = lap.tally
    return {
        "driver": lap.customer_id,
        "official": lap.official_s,
        "measured": lap.measured_s,
        "level": lap.fuel_level_l,
        "used": lap.fuel_used_l,
        "added": tally.fuel_added_l,
        "flags": tally.pit_sv_flags,
        "tow": tally.tow_s,
    }


def wrong(one: LapRecord, right: LapRecord, holes: Iterable[Hole] = ()) -> list[str]:
    """
    Name what *one* tells that is not so; null is never wrong.

    Args:
        holes: What happened in one may be told of its end.
    """
    told, so, holes = values(one), values(right), list(holes)
    # From outside a line in a short hole is told of its end: the picture's age is no better known.
    short_s = max((until_s - from_s for from_s, until_s in holes if until_s - from_s < 0.6), default=0.0)
    tolerances = {**TOLERANCES, "measured": TOLERANCES["measured"] + short_s}
    found = [
        f"{name} of lap {one.lap_completed}: {told[name]} for {so[name]}"
        for name, value in told.items()
        if value is not None and (so[name] is None or abs(value - so[name]) > tolerances.get(name, 0.0))
    ]
    for name in ("pit_enter", "stop_moving", "start_moving", "pit_exit"):
        at, then = getattr(one.tally, name), getattr(right.tally, name)
        if at is None:
            continue
        if then is None:
            found.append(f"{name} in lap {one.lap_completed}")
            continue
        at_s, then_s = at.session_time_s, then.session_time_s
        # From outside the picture is a second old.
        is_hidden = any(a - 1.2 <= min(at_s, then_s) <= max(at_s, then_s) <= b + 0.6 for a, b in holes)
        if abs(at_s - then_s) > 0.12 and not is_hidden:
            found.append(f"{name} of lap {one.lap_completed}: {at_s} for {then_s}")
    for name in ("repair_s", "optional_repair_s"):
        most = getattr(right.tally, name)
        if (getattr(one.tally, name) or 0.0) > (most or 0.0):
            found.append(f"{name} of lap {one.lap_completed}")
    return found


@pytest.mark.recording
@pytest.mark.parametrize("lap", [32, 63, 108, 130])
def test_a_change_seen_only_by_who_gets_in_hides_what_was_put_in_before(six: Race, lap: int) -> None:
    visit, rolf_goes = six.visit(lap), lap in (63, 130)
    outgoing, incoming = (ROLF, BEN) if rolf_goes else (BEN, ROLF)
    seat_s = next(from_s for from_s, _, who in six.race.seats if who == incoming and from_s > visit.stop_s)
    told = six.around(lap, incoming, [(0.0, seat_s)])
    lost = six.around(lap, outgoing, [(visit.enter_s + 10.0, 1e9)])
    for laps in (known(told), known(told, lost)):
        change = laps[lap + 1]
        assert not wrong(change, six.together[lap + 1])
        assert (change.tally.fuel_added_l, change.fuel_used_l) == (None, None)
        assert change.fuel_level_l == six.together[lap + 1].fuel_level_l
        assert change.customer_id == incoming
        assert laps[lap + 2].fuel_used_l == six.together[lap + 2].fuel_used_l


@pytest.mark.recording
@pytest.mark.parametrize("lap", [32, 63, 108, 130])
@pytest.mark.parametrize("filled_s", [2.0, 5.0])
def test_a_client_that_dies_in_the_filling_has_told_the_level_that_counts(six: Race, lap: int, filled_s: float) -> None:
    """The car stands: what came in between his last tick and the next driver's first is the difference of both."""
    visit, outgoing = six.visit(lap), ROLF if lap in (63, 130) else BEN
    dead = six.around(lap, outgoing, [(visit.stop_s + 1.0 + filled_s, 1e9)])
    laps = known(dead, six.around(lap, BEN if outgoing == ROLF else ROLF))
    assert not wrong(laps[lap + 1], six.together[lap + 1])
    assert laps[lap + 1].tally.fuel_added_l == pytest.approx(six.together[lap + 1].tally.fuel_added_l, abs=0.05)
    assert laps[lap + 1].fuel_used_l == pytest.approx(six.together[lap + 1].fuel_used_l, abs=0.05)


@pytest.mark.recording
@pytest.mark.parametrize("lap", [32, 63, 108, 130])
def test_a_client_that_comes_back_on_the_track_leaves_the_stop_unknown(six: Race, lap: int) -> None:
    visit, outgoing = six.visit(lap), ROLF if lap in (63, 130) else BEN
    late = six.around(lap, BEN if outgoing == ROLF else ROLF, [(0.0, visit.exit_s + 20.0)])
    laps = known(six.around(lap, outgoing), late)
    assert not wrong(laps[lap + 1], six.together[lap + 1])
    assert (laps[lap + 1].tally.fuel_added_l, laps[lap + 1].fuel_used_l) == (None, None)
    assert laps[lap + 1].measured_s == pytest.approx(six.together[lap + 1].measured_s, abs=0.05)


@pytest.mark.recording
@pytest.mark.parametrize("lap", [63, 108])
@pytest.mark.parametrize("late_s", [0.0, 0.4, 1.5])
def test_how_old_a_watcher_s_picture_is_moves_no_litres(six: Race, lap: int, late_s: float) -> None:
    """SIMULATOR#picture: a second in four captures; another suggests less."""
    laps = known(*(six.around(lap, member, late_s=late_s) for member in (ROLF, BEN)))
    for one, right in ((laps[each], six.together[each]) for each in (lap + 1, lap + 2)):
        assert (one.tally.fuel_added_l, one.fuel_used_l) == pytest.approx(
            (right.tally.fuel_added_l, right.fuel_used_l), abs=0.01
        )
        assert (one.customer_id, one.official_s) == (right.customer_id, right.official_s)


@pytest.mark.recording
@pytest.mark.parametrize("lap", [32, 39, 63, 108])
def test_variables_that_read_something_else_for_a_while_change_nothing(six: Race, lap: int) -> None:
    """SIMULATOR#lane-holes and SIMULATOR#unset."""
    laps = known(*(follow(six.race, who, _misread(six.shown(lap, who), six.visit(lap))) for who in (ROLF, BEN)))
    for one, right in ((laps[number], six.together[number]) for number in (lap, lap + 1, lap + 2)):
        assert not wrong(one, right)
        if one.lap_completed > lap:  # of the first no begin was seen
            assert values(one) == pytest.approx(values(right), abs=0.02)


def _misread(shown: Iterable[Frame], visit: Visit) -> Iterator[Frame]:
    """OnPitRoad False in the lane, CarIdxOnPitRoad wrong in the box and on the track, and zeros alone for a tick."""
    was_seated: bool | None = False
    for frame in shown:
        now_s, place = frame.session_time, frame.car_track_surface
        if frame.is_on_track_car:
            if not was_seated:
                frame = frame._replace(fuel_level=0.0)
            elif place == APPROACHING_PITS and visit.away_s < now_s < visit.away_s + 3.18:
                frame = frame._replace(on_pit_road=False)
            if round(now_s * 60) % 100 == 0:
                frame = frame._replace(lap_current_lap_time=0.0)
        elif place == IN_PIT_STALL and round(now_s) % 10 < 2:
            frame = frame._replace(car_on_pit_road=False)
        elif place == ON_TRACK and round(now_s) % 40 < 2:
            frame = frame._replace(car_on_pit_road=True)
        was_seated = frame.is_on_track_car
        yield frame


@pytest.mark.recording
@pytest.mark.parametrize("lap", [32, 39, 53, 63, 108, 109, 130])
def test_holes_make_nothing_false(six: Race, lap: int) -> None:
    """Ticks that nobody saw, of a fifth of a second to a minute, around all that happens; of one client or of both."""
    rng, visit = random.Random(lap), six.visit(lap)
    at = [visit.enter_s, visit.on_s, six.race.lines[lap], visit.stall_s, visit.stop_s, visit.stop_s + 4.0]
    at += [visit.start_s, visit.away_s, visit.off_s, six.race.lines[lap + 1]]
    at += [at_s for seat in six.race.seats for at_s in seat[:2] if visit.enter_s < at_s < visit.exit_s]
    for _ in range(12):
        holes: Mapping[int, list[Hole]] = {
            member: [_hole(rng, rng.choice(at)) for _ in range(rng.choice((0, 1, 2)))] for member in (ROLF, BEN)
        }
        clients = rng.choice(((ROLF,), (BEN,), (ROLF, BEN), (ROLF, BEN)))
        laps = known(*(six.around(lap, member, holes[member]) for member in clients))
        both = [hole for each in holes.values() for hole in each]
        for number in (lap, lap + 1, lap + 2):
            assert not wrong(laps[number], six.together[number], both), (clients, holes)


def _hole(rng: random.Random, at_s: float) -> Hole:
    length_s = rng.choice((0.2, 0.5, 1.0, 1.9, 2.1, 3.0, 5.0, 8.0, 15.0, 30.0, 60.0))
    from_s = at_s - rng.random() * length_s
    return from_s, from_s + length_s
