"""What a member sees of the car tick by tick: whether it is there, where it is, which line it crossed, who drives."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import ADA, BEN, Car, session_info
from race.test_told_of_a_session import KEY
from race.test_witness import BEN_DRIVES, WATCHING
from teamtactics.model.events import LineCrossed
from teamtactics.model.facts import LineSeen, MomentKind, Place, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment
from teamtactics.model.session import SessionInfo
from teamtactics.race.eyes.continuity import TICK_S, TimeLine
from teamtactics.race.eyes.laps import PendingLap
from teamtactics.race.eyes.notes import LapOver, Noticed
from teamtactics.race.eyes.pits.visit import PitVisit
from teamtactics.race.eyes.telling import Telling
from teamtactics.race.eyes.watch import watch
from teamtactics.race.memory import Memory

STEP_S = 0.0625
BEGIN_S = 500.0
LATE_S = 1.0
TRACK: dict[str, Any] = {"car_on_pit_road": False, "car_track_surface": 3}
APPROACH: dict[str, Any] = {"car_on_pit_road": False, "car_track_surface": 2}
LANE: dict[str, Any] = {"car_on_pit_road": True, "car_track_surface": 2}
STALL: dict[str, Any] = {"car_on_pit_road": True, "car_track_surface": 1}
GRASS: dict[str, Any] = {"car_on_pit_road": False, "car_track_surface": 0}
AWAY: dict[str, Any] = {"car_on_pit_road": False, "car_track_surface": -1, "car_lap_completed": -1}


class Look:
    """The eyes of Ada, while Ben drives in lap 4; ``at_s`` is the session time of the newest tick."""

    def __init__(self, **changes: Any) -> None:
        values = {"member": ADA, "is_team": True, "is_race": True, "names": {str(BEN): "Ben Ruiz"}, **changes}
        self.eyes = Memory(KEY, TimeLine(BEGIN_S, 100), **values)
        self.out: list[Noticed] = []
        self.at_s = BEGIN_S
        self._shown: dict[str, Any] = {**Car().values, **WATCHING, "lap_current_lap_time": 30.0}

    def see(self, ticks: int = 1, *, step_s: float = STEP_S, info: SessionInfo = BEN_DRIVES, **shown: Any) -> Look:
        """Look at so many ticks that show this."""
        self._shown.update(shown)
        for _ in range(ticks):
            self.at_s += step_s
            watch(self.eyes, Frame(**{**self._shown, "session_time": self.at_s}), info, step_s, self.out)
        return self

    @property
    def place(self) -> Place:
        sight = self.eyes.under_way.sight
        assert sight is not None
        return sight.place_last

    @property
    def told(self) -> list[tuple[str, float]]:
        """What happened in the lap under way, and how many seconds after the first look the picture of it came."""
        moments = self.eyes.under_way.moments
        return [(each.kind.value, each.at.session_time_s + LATE_S - BEGIN_S) for each in moments]


def ticks(number: int) -> float:
    return number * STEP_S


@pytest.mark.parametrize(
    ("shown", "info", "is_seen"),
    [
        ({}, BEN_DRIVES, True),
        ({"player_track_surface": -1}, BEN_DRIVES, True),  # that says nothing of a car that others see
        ({"car_track_surface": None, "player_track_surface": -1}, BEN_DRIVES, False),
        ({"car_track_surface": None}, BEN_DRIVES, False),
        (AWAY, BEN_DRIVES, False),
        ({"car_lap_completed": None}, BEN_DRIVES, False),
        ({}, session_info(me=ADA, in_car=BEN, team_racing=False), False),  # alone nobody else drives
        ({"car_track_surface": 1}, BEN_DRIVES, True),
    ],
)
def test_a_car_is_seen_that_is_in_the_world_of_a_team(shown: dict[str, Any], info: SessionInfo, is_seen: bool) -> None:
    look = Look().see(info=info, **shown)
    assert look.eyes.outside.has_sight is is_seen
    assert look.eyes.outside.driven_since_s == (look.at_s if is_seen else None)
    assert (look.eyes.lap is not None) is is_seen


@pytest.mark.parametrize(
    ("shown", "is_seen", "place"),
    [
        ({"car_track_surface": None}, True, Place.TRACK),  # a tick in which nothing is told
        ({"car_track_surface": None, "player_track_surface": -1}, False, Place.AWAY),
        ({"player_track_surface": -1}, True, Place.TRACK),
        (AWAY, False, Place.AWAY),
    ],
)
def test_a_car_that_is_out_of_the_world_is_away(shown: dict[str, Any], is_seen: bool, place: Place) -> None:
    look = Look().see(4).see(**shown)
    assert (look.eyes.outside.has_sight, look.place) == (is_seen, place)
    assert look.eyes.place is Place.TRACK, "there it was seen last"


def test_a_surface_that_reads_0_is_believed_in_the_third_tick() -> None:
    """SIMULATOR#unset: "off the track" is what nobody has set, too."""
    look, places = Look().see(4, **STALL), list[Place]()
    for surface in (0, 0, 1, 0, 0, 0):
        places.append(look.see(car_track_surface=surface).place)
    assert places == [Place.STALL] * 5 + [Place.LANE]
    found = Look()
    assert [found.see(**GRASS).eyes.outside.has_sight for _ in range(3)] == [False, False, True]
    away = Look().see(4).see(4, **AWAY)
    back = {**GRASS, "car_lap_completed": 3}
    assert [away.see(**back).eyes.outside.has_sight for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize(("hole_s", "is_seen"), [(0.5625, True), (0.6, True), (0.625, False), (1.5, False)])
@pytest.mark.parametrize("laps", [1, 4])
def test_a_line_in_a_hole_that_is_longer_than_the_picture_varies_was_seen_by_nobody(
    hole_s: float, is_seen: bool, laps: int
) -> None:
    look = Look().see(32, car_lap_completed=laps - 1, track_temp=31.0)
    look.eyes.pits.visit = PitVisit(MomentKind.ENTER)
    look.see(step_s=hole_s, car_lap_completed=laps, track_temp=35.0)
    (pending,) = look.eyes.pending
    assert (pending.telling.line is not None) is is_seen
    assert (pending.telling.lap, look.eyes.under_way.lap, look.eyes.counter.value) == (laps, laps + 1, laps)
    assert look.eyes.counter.crossing_s == (look.at_s - LATE_S if is_seen else None)
    assert look.eyes.pits.visit.has_crossed_line
    assert bool(look.out) is is_seen
    assert pending.at_line.session_time == (look.at_s - LATE_S if is_seen else look.at_s)
    assert pending.at_line.track_temp == (35.0 if is_seen else 31.0), "what was on show before it"
    unseen_s = pending.telling.sights[-1].unseen_s
    assert unseen_s == pytest.approx(min(hole_s - TICK_S, 1.0)), "the picture is a second old: no more of it is hidden"
    assert look.eyes.under_way.sight is not None
    assert look.eyes.under_way.sight.from_line is is_seen
    assert look.see(2, car_lap_completed=laps + 3).eyes.counter.value == laps, "what is odd then must hold anew"


@pytest.mark.parametrize(("hole_s", "unseen_s"), [(0.1, 0.0), (0.125, 0.125 - TICK_S), (1.5, 1.5 - TICK_S)])
def test_a_hole_is_counted_that_is_longer_than_a_step(hole_s: float, unseen_s: float) -> None:
    look = Look().see(4).see(step_s=hole_s)
    assert look.eyes.under_way.sight is not None
    assert look.eyes.under_way.sight.unseen_s == pytest.approx(unseen_s)


def test_two_laps_in_a_hole_are_laps_that_nobody_saw() -> None:
    look = Look().see(32).see(step_s=1.5, car_lap_completed=5)
    assert look.eyes.under_way.lap == 4
    look.see(2)
    assert (look.eyes.under_way.lap, look.eyes.counter.value, look.eyes.counter.crossing_s) == (6, 5, None)
    (over,) = [each.telling for each in look.out if isinstance(each, LapOver)]
    assert (over.lap, over.line, over.sight) == (4, None, None)
    assert look.eyes.pending == ()


@pytest.mark.parametrize(
    ("laps", "lap"),
    [
        ([3, 6, 6], 4),
        ([3, 6, 6, 6], 7),
        ([3, 6, 6, 3, 6, 6], 4),  # each in a row of its own
        ([3, 6, 6, 2, 6, 6], 4),
        ([3, 2, 2, 2, 2], 4),  # it comes back
        ([3, 4], 5),
        ([3, 4, 7, 7], 5),
        ([3, 4, 7, 7, 7], 8),
    ],
)
def test_a_counter_that_leaps_is_believed_when_it_holds(laps: list[int], lap: int) -> None:
    look = Look()
    for each in laps:
        look.see(car_lap_completed=each)
    assert look.eyes.under_way.lap == lap


def test_the_formation_lap_ends_where_its_0_began_to_hold() -> None:
    """0 is what nobody has set, too."""
    look = Look().see(16, car_lap_completed=-1).see(2, car_lap_completed=0).see(car_lap_completed=-1)
    assert look.eyes.under_way.lap == 0
    look.see(2, car_lap_completed=0)
    first_s = look.at_s - STEP_S
    assert look.eyes.under_way.lap == 0
    look.see()
    assert (look.eyes.under_way.lap, look.eyes.counter.crossing_s) == (1, first_s - LATE_S)
    assert [each.lap_completed for each in look.out if isinstance(each, LineCrossed)] == [0]


@pytest.mark.parametrize(("for_s", "driver"), [(5.9375, None), (6.0, BEN)])
def test_the_text_names_who_drives_when_it_had_the_time_to(for_s: float, driver: int | None) -> None:
    """SIMULATOR#change: up to five seconds after he got in."""
    look = Look().see().see(round(for_s / STEP_S))
    assert look.eyes.outside.driver == driver


def test_a_line_has_what_was_true_where_the_car_was_a_second_ago() -> None:
    levels: dict[str, Any] = {
        "track_temp": 31.0, "session_state": 4, "session_flags": 8, "air_temp": 21.0, "track_wetness": 3,
        "weather_declared_wet": True, "player_car_team_incident_count": 7, "session_time_of_day": None,
    }  # fmt: skip
    look = Look().see(112, **levels, **LANE)
    look.see(3, track_temp=32.0).see(car_lap_completed=4)
    (pending,) = look.eyes.pending
    at_s = look.at_s - LATE_S
    assert pending.telling.line == LineSeen(
        Moment(at_s, None), Vantage.OUTSIDE, BEN, "Ben Ruiz", None, True, 31.0, None, 4, 8, values=(
            ("air_temp", 21.0), ("player_car_team_incident_count", 7), ("track_wetness", 3),
            ("weather_declared_wet", True),
        ),
    )  # fmt: skip
    assert (pending.settles_s, pending.marker_runs) == (look.at_s + 6.0, True)
    assert look.out == [LineCrossed(4, at_s)]
    assert pending.telling.sights[-1].until_s == at_s
    sight = look.eyes.under_way.sight
    assert sight is not None
    assert (sight.from_s, sight.from_line, sight.place_first) == (at_s, True, Place.LANE)
    unnamed = Look(names={}).see(112).see(car_lap_completed=4).eyes.pending[0].telling.line
    assert unnamed is not None
    assert (unnamed.driver, unnamed.name, unnamed.on_pit_road) == (BEN, None, False)


@pytest.mark.parametrize(
    ("steps", "exit_ticks"),
    [
        ([(8, LANE), (4, APPROACH), (3, TRACK)], 9),  # where the flag fell, however long the exit road is
        ([(8, LANE), (3, TRACK)], 9),
        ([(4, STALL), (4, {**STALL, "car_on_pit_road": False}), (2, APPROACH), (3, TRACK)], 8),  # behind the stall
        ([(4, LANE), (2, APPROACH), (2, LANE), (2, APPROACH), (3, TRACK)], 9),  # the first was a hole
        ([(4, LANE), (3, {**TRACK, "car_on_pit_road": True})], 5),  # by the surface: there it reads True as well
        ([(4, LANE), (2, APPROACH), (3, {**TRACK, "car_on_pit_road": True})], 5),
    ],
)
def test_a_car_has_left_the_pits_where_pit_road_ended_as_soon_as_it_is_on_the_track(
    steps: list[tuple[int, dict[str, Any]]], exit_ticks: int
) -> None:
    look = Look()
    for count, shown in steps[:-1]:
        look.see(count, **shown)
    count, shown = steps[-1]
    look.see(count - 1, **shown)
    assert "exit" not in dict(look.told)
    assert look.eyes.pits.visit is not None
    look.see()
    assert dict(look.told)["exit"] == ticks(exit_ticks)
    assert (look.eyes.pits.visit, look.eyes.pits.is_on, look.eyes.outside.left_at) == (None, False, None)


@pytest.mark.parametrize(
    ("steps", "told", "came"),
    [
        ([(4, TRACK), (2, LANE)], [], None),
        ([(4, TRACK), (3, LANE)], [("enter", ticks(5))], MomentKind.ENTER),
        ([(4, TRACK), (2, LANE), (1, TRACK), (2, LANE)], [], None),
        ([(4, TRACK), (3, LANE), (2, TRACK)], [("enter", ticks(5))], MomentKind.ENTER),
        ([(4, TRACK), (4, APPROACH), (3, LANE)], [("enter", ticks(9))], MomentKind.ENTER),
        ([(4, TRACK), (3, {**TRACK, "car_on_pit_road": True})], [], None),  # so it reads on the track, too
        ([(4, TRACK), (4, APPROACH), (3, STALL)], [], MomentKind.ENTER),  # where nobody saw, but it drove in
        ([(4, TRACK), (1, LANE), (2, STALL)], [], MomentKind.ENTER),
        ([(4, TRACK), (3, STALL)], [("towed", ticks(5))], MomentKind.TOWED),
        ([(4, TRACK), (4, APPROACH), (4, TRACK), (3, STALL)], [("towed", ticks(13))], MomentKind.TOWED),
    ],
)
def test_a_car_comes_into_the_pits_by_the_road_or_is_put_there(
    steps: list[tuple[int, dict[str, Any]]], told: list[tuple[str, float]], came: MomentKind | None
) -> None:
    look = Look()
    for count, shown in steps:
        look.see(count, **shown)
    visit = look.eyes.pits.visit
    assert look.told == told
    assert (visit is not None, look.eyes.pits.is_on) == (came is not None, came is not None)
    if visit is not None:
        assert (visit.came, visit.has_driven) == (came, came is MomentKind.ENTER)


@pytest.mark.parametrize(("is_race", "kind"), [(True, "towed"), (False, "put")])
@pytest.mark.parametrize("away_ticks", [0, 8])
def test_a_car_that_was_on_the_track_and_is_in_the_pits_was_put_there(
    is_race: bool, kind: str, away_ticks: int
) -> None:
    look = Look(is_race=is_race).see(8, **TRACK).see(away_ticks, **AWAY)
    look.see(3, **{**STALL, "car_lap_completed": 3})
    assert [each for each, _ in look.told] == [kind]


@pytest.mark.parametrize(
    ("before", "visit", "told"),
    [
        (None, None, ["placed"]),
        (Place.LANE, None, ["placed"]),
        (Place.STALL, PitVisit(MomentKind.ENTER), []),  # it is in the visit that it was in
        (None, PitVisit(MomentKind.ENTER), ["placed"]),
        (Place.TRACK, None, ["towed"]),
        (Place.TRACK, PitVisit(MomentKind.TOWED), []),  # and told so
    ],
)
def test_a_car_that_is_found_in_the_pits(before: Place | None, visit: PitVisit | None, told: list[str]) -> None:
    look = Look(place=before)
    look.eyes.pits.visit = visit
    look.see(**STALL)
    assert [each for each, _ in look.told] == told
    assert look.eyes.pits.visit is not None
    on_track = Look(place=before)
    on_track.eyes.pits.visit, on_track.eyes.pits.is_on = visit, True
    on_track.see(**TRACK)
    assert (on_track.eyes.pits.visit, on_track.eyes.pits.is_on, on_track.told) == (None, False, [])


@pytest.mark.parametrize(("grass_ticks", "is_over"), [(48, False), (49, True)])
def test_a_car_beside_the_lane_has_left_it_after_three_seconds(grass_ticks: int, is_over: bool) -> None:
    """The first two of these ticks may be unset."""
    look = Look().see(4, **LANE).see(2 + grass_ticks, **GRASS)
    assert ("exit" in dict(look.told)) is is_over
    inside = Look().see(4, **TRACK).see(5, **GRASS)
    assert inside.told == []


@pytest.mark.parametrize(("stall_ticks", "stood"), [(16, False), (17, True), (40, True)])
def test_a_car_stands_in_its_stall_that_is_there_for_a_second(stall_ticks: int, stood: bool) -> None:
    look = Look().see(4, **TRACK).see(4, **LANE).see(stall_ticks, **STALL)
    assert [at_s for kind, at_s in look.told if kind == "stood"] == ([ticks(9)] if stood else [])
    assert look.eyes.pits.visit is not None
    assert look.eyes.pits.visit.stood_in_stall is stood
    look.see(4, **LANE).see(16, **STALL)
    assert sum(kind == "stood" for kind, _ in look.told) == int(stood), "a second time it takes a second as well"
    look.see()
    assert sum(kind == "stood" for kind, _ in look.told) == 1 + stood


def test_who_drove_a_car_that_vanished_is_not_who_is_named_for_its_line_behind_that() -> None:
    look = Look().see(32).see(car_lap_completed=4)
    assert look.eyes.pending[0].settles_s > 0.0
    first = look.eyes.outside.first
    look.see(**AWAY)
    assert look.eyes.pending[0].settles_s == 0.0
    assert look.eyes.outside.first == first, "how fast the day runs is still known"
    look.eyes.pending = (PendingLap(Telling(4), look.eyes.pending[0].at_line, settles_s=7.0),)
    assert look.see().eyes.pending[0].settles_s == 7.0, "that is done when it goes"


def test_a_car_that_is_nowhere_when_somebody_looks_is_away_in_the_lap_in_which_it_is_found() -> None:
    assert Look().see(4, **AWAY).eyes.lap is None
    look = Look(lap=Telling(4))
    look.eyes.counter.value = 3
    look.see(8, **AWAY)
    from_s, until_s = BEGIN_S + STEP_S - LATE_S, look.at_s - LATE_S
    assert (look.eyes.outside.away_from_s, look.eyes.outside.away_until_s) == (from_s, until_s)
    look.see(**TRACK, car_lap_completed=6)
    assert look.eyes.under_way.lap == 7
    (away,) = look.eyes.under_way.sights
    assert (away.from_s, away.until_s, away.place_first) == (from_s, until_s, Place.AWAY)


def test_a_car_that_nobody_has_ever_seen_was_not_away_before_it_is() -> None:
    assert Look().see(4, **AWAY).see(**{**TRACK, "car_lap_completed": 3}).eyes.under_way.sights == ()


@pytest.mark.parametrize(("laps", "lap", "is_kept"), [(4, 5, True), (3, 5, True), (5, 6, False)])
def test_a_car_that_is_back_goes_on_with_its_lap_unless_it_has_completed_more(
    laps: int, lap: int, is_kept: bool
) -> None:
    """Laps that were seen are not taken back; when the others were completed nobody saw."""
    look = Look().see(32).see(car_lap_completed=4).see(4)
    crossing_s = look.eyes.counter.crossing_s
    assert crossing_s is not None
    look.see(4, **AWAY).see(**{**TRACK, "car_lap_completed": laps})
    assert look.eyes.under_way.lap == lap
    assert look.eyes.counter.crossing_s == (crossing_s if is_kept else None)


def test_a_stretch_reaches_as_far_as_the_picture_does() -> None:
    look = Look().see(8)
    assert look.eyes.under_way.sight is not None
    sight = look.eyes.under_way.sight
    assert (sight.from_s, sight.until_s) == (BEGIN_S + STEP_S - LATE_S, look.at_s - LATE_S)


def test_a_car_that_is_in_its_stall_on_both_sides_of_a_hole_stands_there() -> None:
    """Also where it takes a tick more to be sure how it came there."""
    look = Look().see(4, **TRACK).see(**STALL).see(step_s=1.5)
    assert (look.told, look.eyes.pits.visit) == ([("stood", ticks(5))], None)
    assert look.see().told == [("stood", ticks(5)), ("towed", ticks(5))]


def test_a_lap_that_is_known_to_be_under_way_is_not_over_when_the_counter_is_found_to_say_so() -> None:
    lap = Telling(7)
    look = Look(lap=lap)
    look.eyes.counter.value = 4
    look.see(car_lap_completed=6)
    assert look.eyes.lap is lap
    assert (look.eyes.counter.value, look.out) == (6, [])
