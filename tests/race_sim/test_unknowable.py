"""What no client saw is excused, and what one of them saw is not: each rule with a small race, both ways."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from race_sim import truth
from race_sim.faults import NEVER_S, RATE, Agenda, Faults, KeptAway, Kill, Outage, Running, SimulatorRestart
from race_sim.named_races import race_named
from race_sim.named_scripts import ADA, BEN, CLEO, FULL, STALL_AFTER_LINE
from race_sim.outcome import Documents
from race_sim.perfect import perfect
from race_sim.random_team_race import random_team_race
from race_sim.stint_numbers import Begin, numbers
from race_sim.team_script import MEMBERS, change, line_of, race
from race_sim.unknowable import Doubt, unknowable
from race_sim.verdict import LapsJudge
from teamtactics.demo.actions import ALL_TYRES, Service, Stop, Tow
from teamtactics.demo.script import Script

ALL = tuple(member.customer_id for member in MEMBERS)
REPAIRED = Service(fuel_l=25.0, tyres=ALL_TYRES, repair_s=8.0)
STOP = race(Stop(3, REPAIRED, wait_s=12.0), laps=8)
"""Ada alone drives eight laps and stops in the third (stall before the line)."""
CHANGE = race(change(3, BEN), laps=7)
"""Ada hands over to Ben in lap 3."""
(VISIT,) = line_of(STOP).visits
LINES = line_of(STOP).lines
LAP_3 = truth.laps(STOP)[2]


def only(*members: Any) -> tuple[Running, ...]:
    return tuple(Running(member.customer_id) for member in members)


def blind(from_s: float, until_s: float, running: tuple[Running, ...] | None = None, **more: Any) -> Faults:
    """Ada's simulator is away for that time: what she saw before is on the disk."""
    restart = SimulatorRestart(ADA.customer_id, from_s, until_s - from_s)
    return Faults(running=running, restarts=(restart,), **more)


def killed(from_s: float, until_s: float, running: tuple[Running, ...] | None = None) -> Faults:
    return Faults(running=running, kills=(Kill(ADA.customer_id, from_s, until_s - from_s),))


@cache
def judge(script: Script, faults: Faults) -> LapsJudge:
    return LapsJudge(script, faults)


@cache
def doubts_in(script: Script, faults: Faults) -> dict[tuple[int, int], Doubt]:
    return unknowable(script, faults)


@cache
def _perfect(script: Script) -> Documents:
    return perfect(script).documents


def record(script: Script) -> tuple[Documents, dict[str, dict[str, Any]]]:
    """Return a perfect record, to be spoilt, and the documents of its only session."""
    documents = deepcopy(_perfect(script))
    (laps,) = documents.values()
    return documents, laps


def wrong(script: Script, faults: Faults, lap: int, **said: Any) -> list[str]:
    """Return what the judge says of a record that is perfect but for these fields of *lap*."""
    documents, laps = record(script)
    laps[str(lap)].update(said)
    for (_, number), doubt in doubts_in(script, faults).items():
        if "driver" not in doubt.sources and not (number == lap and "Source" in said):
            laps[str(number)]["Source"] = "teammate"
    return judge(script, faults).wrong(documents)


def at(field: str) -> float:
    """When it happened in lap 3 of STOP, race seconds."""
    value = LAP_3[field]
    assert isinstance(value, float)
    return value + line_of(STOP).shift_s


ACROSS = (VISIT.from_s - 3.0, VISIT.until_s + 4.0)


def test_a_hand_over_offline_excuses_nothing() -> None:
    left_s = line_of(CHANGE).changes()[0][0].span.until_s
    for whom in ((ADA,), (BEN,), (ADA, BEN)):
        faults = Faults(outages=tuple(Outage(m.customer_id, left_s - 30.0, left_s + 90.0) for m in whom))
        assert doubts_in(CHANGE, faults) == {}
        for name in ("FuelUsed", "FuelAdded", "PitSvFlags", "StopMovingTime", "Stint"):
            assert wrong(CHANGE, faults, 3, **{name: None})


@pytest.mark.parametrize(
    "name",
    ["handed over offline, two stints ago", "handed over with both offline", "three parts in one lap",
     "three parts in one lap, the second told after the race", "one lap told by two PCs",
     "outgoing client offline, stall before the line", "backlog after a kill"],
)  # fmt: skip
def test_races_in_which_somebody_saw_everything_excuse_nothing(name: str) -> None:
    found = race_named(name)
    assert unknowable(found.script, found.faults) == {}


def test_the_three_parts_of_one_lap_are_in_one_lap() -> None:
    script = race_named("three parts in one lap").script
    line = line_of(script)
    assert [seat.member for seat in line.seats if seat.span.meets(line.lines[2], line.lines[3])] == list(ALL)
    document = truth.laps(script)[2]
    assert document["CustomerID"] == CLEO.customer_id
    assert document["FuelAdded"] == pytest.approx(25.0)


class TestFromOutside:
    """Ada is killed across her stop and sees neither the line before nor after; Ben and Cleo look on."""

    FAULTS = killed(*ACROSS)

    @pytest.mark.parametrize("name", ["PitEnterTime", "SessionTime", "LapTimeMeasured"])
    def test_what_the_others_saw_must_be_there_to_what_can_be_seen_from_outside(self, name: str) -> None:
        true = LAP_3[name]
        assert isinstance(true, float)
        assert wrong(STOP, self.FAULTS, 3, **{name: true + 0.1}) == []
        assert wrong(STOP, self.FAULTS, 3, **{name: true + 0.3})
        assert wrong(STOP, self.FAULTS, 3, **{name: None})

    @pytest.mark.parametrize(
        "name",
        ["LapLastLapTime", "CustomerID", "Driver", "OnPitRoad", "TrackTemp", "SessionState", "Stint", "StintLap"],
    )
    def test_what_the_others_saw_exactly_must_be_right(self, name: str) -> None:
        assert wrong(STOP, self.FAULTS, 3, **{name: None})
        assert wrong(STOP, self.FAULTS, 3, **{name: 77})

    @pytest.mark.parametrize("name", ["FuelLevel", "FuelUsed", "FuelAdded", "PitSvFlags", "StopMovingTime"])
    def test_what_is_seen_in_the_car_only_may_be_unknown_and_must_not_be_wrong(self, name: str) -> None:
        true = LAP_3[name]
        assert isinstance(true, float | int)
        assert wrong(STOP, self.FAULTS, 3, **{name: None}) == []
        assert wrong(STOP, self.FAULTS, 3, **{name: true + 1})

    def test_the_lap_itself_must_be_there(self) -> None:
        documents, laps = record(STOP)
        del laps["3"]
        assert any("lap 3: missing" in line for line in judge(STOP, self.FAULTS).wrong(documents))

    def test_who_has_just_begun_to_look_is_no_witness(self) -> None:
        late = Running(BEN.customer_id, from_s=LINES[3] - 2.0)
        faults = killed(*ACROSS, running=(*only(ADA), late))
        assert wrong(STOP, faults, 3, SessionTime=None, Utc=None) == []
        early = Running(BEN.customer_id, from_s=LINES[3] - 7.0)
        assert wrong(STOP, killed(*ACROSS, running=(*only(ADA), early)), 3, SessionTime=None)


class TestStintNumbers:
    def test_a_stop_that_a_watcher_saw_is_counted(self) -> None:
        assert wrong(STOP, killed(*ACROSS), 5, Stint=1, StintLap=5)

    @pytest.mark.parametrize("watched_s", [3.0, 0.8])
    def test_a_second_of_the_car_in_its_stall_is_enough(self, watched_s: float) -> None:
        """Ben's client is ended *watched_s* after the car stands; his picture is a second old."""
        ben = Running(BEN.customer_id, until_s=at("StopMovingTime") + 1.0 + watched_s)
        faults = killed(*ACROSS, running=(*only(ADA), ben))
        assert bool(wrong_numbers(faults, first_lap=4, stint=1)) is (watched_s >= 1.0)

    def test_a_stop_that_nobody_saw_may_be_missing_and_is_not_invented(self) -> None:
        faults = killed(*ACROSS, running=only(ADA))
        assert wrong_numbers(faults, first_lap=4, stint=1) == []
        assert wrong_numbers(faults, first_lap=3, stint=2) == [], "who guesses that it stopped saw no line either"
        assert wrong_numbers(faults, first_lap=5, stint=2), "it is seen on the track in lap 4"
        assert wrong_numbers(faults, first_lap=4, stint=3)
        assert wrong(STOP, faults, 2, Stint=2)

    def test_whatever_is_counted_one_lap_follows_the_other(self) -> None:
        faults = killed(*ACROSS, running=only(ADA))
        documents, laps = record(STOP)
        laps["6"].update(Stint=1, StintLap=6)
        assert any("lap 6: stint 1 lap 6 after stint 2" in line for line in judge(STOP, faults).wrong(documents))

    def test_who_saw_the_stop_and_not_the_exit_knows_where_the_next_stint_begins(self) -> None:
        """The stall lies behind the line: the exit that nobody saw is in the same lap."""
        script = race(Stop(3, FULL, wait_s=12.0), laps=8, track=STALL_AFTER_LINE)
        visit = line_of(script).visits[0]
        faults = killed(visit.until_s - 3.0, visit.until_s + 3.0, running=only(ADA))
        assert all(not doubt.numbers for doubt in unknowable(script, faults).values())
        assert unknowable(script, faults)[0, 4].fields >= {"PitExitTime"}

    def test_an_exit_that_nobody_saw_may_lie_on_either_side_of_a_line_that_nobody_saw(self) -> None:
        faults = killed(at("StartMovingTime") + 1.0, VISIT.until_s + 3.0, running=only(ADA))
        assert doubts_in(STOP, faults)[0, 5].numbers == {(2, 2), (2, 3)}
        assert wrong_numbers(faults, first_lap=3, stint=2) == []
        assert wrong_numbers(faults, first_lap=4, stint=1), "that it stood was seen"

    def test_every_pair_of_numbers_that_may_be(self) -> None:
        sure, lost, torn = Begin(range(3, 4)), Begin(range(5, 6), may_be_unknown=True), Begin(range(7, 9))
        assert numbers(2, [sure]) == {(1, 2)}
        assert numbers(3, [sure]) == {(2, 1)}
        assert numbers(6, [sure, lost]) == {(2, 4), (3, 2)}
        assert numbers(7, [sure, torn]) == {(3, 1), (2, 5)}
        assert numbers(8, [sure, lost, torn]) == {(3, 1), (3, 2), (4, 1), (4, 2)}


def wrong_numbers(faults: Faults, first_lap: int, stint: int) -> list[str]:
    """Return what is wrong when everybody counts STOP's second stint from *first_lap* as *stint*."""
    documents, laps = record(STOP)
    for number in range(3, 10):
        is_second = number >= first_lap and stint > 1
        laps[str(number)].update(
            Stint=stint if is_second else 1, StintLap=number - first_lap + 1 if is_second else number
        )
    return judge(STOP, faults).wrong(documents)


class TestKills:
    """What was not on the disk yet, and nothing else."""

    def test_a_stop_counts_after_half_a_second(self) -> None:
        stop_s = at("StopMovingTime")
        assert wrong(STOP, killed(stop_s + 0.4, stop_s + 4.0), 3, StopMovingTime=None, StopMovingTimeOfDay=None) == []
        assert wrong(STOP, killed(stop_s + 1.2, stop_s + 4.0), 3, StopMovingTime=None)

    def test_what_was_asked_for_is_on_disk_with_the_stop(self) -> None:
        stop_s = at("StopMovingTime")
        assert wrong(STOP, killed(stop_s + 0.4, VISIT.until_s + 2.0), 3, PitSvFlags=None) == []
        assert wrong(STOP, killed(stop_s + 1.5, VISIT.until_s + 2.0), 3, PitSvFlags=None)

    def test_a_greatest_value_is_on_disk_with_the_next_event(self) -> None:
        stop_s = at("StopMovingTime")
        faults = killed(stop_s + 5.0, VISIT.until_s + 2.0)
        assert wrong(STOP, faults, 3, PitRepairLeft=None)
        assert wrong(STOP, faults, 3, PitRepairLeft=2.0)
        assert wrong(STOP, faults, 3, PlayerCarTowTime=None) == [], "0 as far as anybody saw"
        early = killed(stop_s + 0.4, VISIT.until_s + 2.0)
        assert wrong(STOP, early, 3, PitRepairLeft=None) == []
        assert wrong(STOP, early, 3, PitRepairLeft=2.0) == []
        assert wrong(STOP, early, 3, PitRepairLeft=9.0)

    def test_who_gets_out_writes_down_what_he_has_seen(self) -> None:
        left_s = line_of(CHANGE).changes()[0][0].span.until_s
        assert doubts_in(CHANGE, killed(left_s + 1.0, left_s + 30.0)) == {}
        assert doubts_in(CHANGE, killed(left_s - 0.5, left_s + 30.0)).keys() == {(0, 3)}

    def test_how_long_the_tow_takes_is_on_disk_with_the_tow(self) -> None:
        script = race(Tow(3, 0.5, 20.0), laps=5)
        tow_s = next(at_s for kind, at_s in truth.events(script) if kind == "tow") + line_of(script).shift_s
        assert "PlayerCarTowTime" not in unknowable(script, killed(tow_s + 3.0, tow_s + 50.0))[0, 3].fields
        assert "PlayerCarTowTime" in unknowable(script, killed(tow_s - 0.5, tow_s + 50.0))[0, 3].fields

    def test_a_kill_in_mid_lap_excuses_no_line_and_no_fuel_where_others_saw_the_car_on_the_track(self) -> None:
        faults = killed(LINES[5] + 6.0, LINES[5] + 14.0)
        assert doubts_in(STOP, faults)[0, 6].fields == set(truth.MAXIMA)
        for name in ("FuelLevel", "FuelUsed", "FuelAdded", "LapTimeMeasured", "PitSvFlags"):
            assert wrong(STOP, faults, 6, **{name: None})
        assert wrong(STOP, faults, 6, Source="teammate")
        assert wrong(STOP, faults, 7, Gap=5.0)

    def test_where_nobody_looked_the_car_may_have_stopped_unless_the_hole_is_short(self) -> None:
        long = killed(LINES[5] + 6.0, LINES[5] + 14.0, running=only(ADA))
        assert wrong(STOP, long, 6, FuelUsed=None, FuelAdded=None) == []
        assert wrong(STOP, long, 6, FuelAdded=5.0)
        short = killed(LINES[5] + 1.0, LINES[5] + 3.0, running=only(ADA))
        assert wrong(STOP, short, 6, FuelAdded=None)

    def test_a_gap_is_no_longer_than_it_was(self) -> None:
        faults = blind(LINES[5] + 6.0, LINES[5] + 14.0)
        assert wrong(STOP, faults, 6, Gap=8.0) == []
        assert wrong(STOP, faults, 6, Gap=None) == []
        assert wrong(STOP, faults, 6, Gap=11.0)

    def test_time_in_which_the_car_was_empty_is_a_gap_to_those_only_who_saw_nothing(self) -> None:
        script = race(Stop(3, FULL, next_driver=ADA.customer_id, away_s=20.0), laps=6)
        left_s = line_of(script).seats[0].span.until_s
        faults = blind(left_s + 3.0, left_s + 15.0)
        assert wrong(script, faults, 3, Gap=12.0) == []
        assert wrong(script, faults, 3, Gap=15.0)
        assert wrong(script, Faults(), 3, Gap=12.0)
        assert wrong(script, faults, 3, FuelAdded=None)

    def test_the_time_of_a_lap_is_seen_by_everybody(self) -> None:
        over = (LINES[5] + 0.5, LINES[5] + 8.0)
        assert wrong(STOP, killed(*over), 5, LapLastLapTime=None)
        assert wrong(STOP, killed(*over, running=only(ADA)), 5, LapLastLapTime=None) == []
        assert wrong(STOP, killed(*over, running=only(ADA)), 5, LapLastLapTime=19.0)


class TestMixedLaps:
    def test_a_part_seen_in_the_car_makes_it_the_driver_s(self) -> None:
        faults = blind(LINES[5] - 4.0, LINES[5] + 4.0)
        assert wrong(STOP, faults, 5, Source="teammate")
        assert wrong(STOP, faults, 5, FuelLevel=None, FuelUsed=None) == []
        assert wrong(STOP, faults, 6, FuelUsed=None) == []
        assert wrong(STOP, faults, 6, FuelLevel=None)

    def test_also_before_he_got_out_and_in_again(self) -> None:
        """He left the car on the track; what he saw until then is of the lap."""
        script = race(Tow(3, 0.5, 10.0, FULL, next_driver=ADA.customer_id), laps=5)
        (out, back) = line_of(script).seats
        assert out.member == back.member
        assert line_of(script).lines[2] < out.span.until_s < back.span.from_s < line_of(script).lines[3]
        assert doubts_in(script, killed(out.span.until_s + 1.0, NEVER_S))[0, 3].sources == {"driver"}

    def test_what_was_asked_for_is_that_of_the_last_stop_in_the_lap(self) -> None:
        """Also where the car was towed to it."""
        script = race(Stop(2, FULL), Tow(3, 0.5, 10.0, REPAIRED), laps=5, track=STALL_AFTER_LINE)
        line = line_of(script)
        first, second = (visit for visit in line.visits if visit.until_s < line.lines[3] + 1.0)
        assert line.lines[2] < first.until_s < second.until_s < line.lines[3]
        across = (second.from_s - 3.0, second.until_s + 3.0)
        assert wrong(script, killed(*across), 3, PitSvFlags=None) == []
        assert wrong(script, killed(second.until_s - 3.0, second.until_s + 3.0), 3, PitSvFlags=None)
        assert wrong(script, killed(*across), 3, PitSvFlags=0)

    def test_laps_of_a_driver_without_client_are_told_from_outside(self) -> None:
        faults = Faults(running=only(BEN, CLEO))
        assert [doubts_in(CHANGE, faults)[0, lap].sources for lap in (1, 2, 3)] == [
            {"teammate"},
            {"teammate"},
            {"driver"},
        ]
        assert wrong(CHANGE, faults, 2, Source="driver")
        assert wrong(CHANGE, faults, 2, FuelLevel=None, FuelUsed=None, PitSvFlags=None) == []
        assert wrong(CHANGE, faults, 2, FuelAdded=None), "it was seen that the car was not in the pits"
        assert wrong(CHANGE, faults, 2, LapTimeMeasured=None)
        assert wrong(CHANGE, faults, 3, PitEnterTime=None)
        assert wrong(CHANGE, faults, 3, StopMovingTime=None, FuelAdded=None) == []
        assert wrong(CHANGE, faults, 3, StartMovingTime=None), "Ben saw that himself"

    def test_what_who_got_out_had_seen_is_in_the_lap_of_a_driver_without_client(self) -> None:
        faults = Faults(running=only(ADA, CLEO))
        assert wrong(CHANGE, faults, 3, FuelAdded=None, FuelUsed=None, StartMovingTime=None) == []
        for name in ("PitEnterTime", "StopMovingTime", "PitSvFlags"):
            assert wrong(CHANGE, faults, 3, **{name: None})
        assert wrong(CHANGE, faults, 3, PitEnterTime=float(str(truth.laps(CHANGE)[2]["PitEnterTime"])) + 0.1)

    def test_a_moment_of_the_same_lap_that_was_seen_may_stand_for_the_later_one_that_was_not(self) -> None:
        script = race(Stop(2, FULL), Tow(3, 0.5, 10.0, FULL), laps=5, track=STALL_AFTER_LINE)
        line = line_of(script)
        document = truth.laps(script)[2]
        first, second = (visit for visit in line.visits if visit.until_s < line.lines[3] + 1.0)
        assert line.lines[2] < first.until_s < second.until_s < line.lines[3]
        faults = killed(second.from_s + 1.0, second.until_s + 3.0, running=only(ADA))
        assert document["PitExitTime"] == pytest.approx(second.until_s - line.shift_s, abs=0.1)
        assert wrong(script, faults, 3, PitExitTime=first.until_s - line.shift_s) == []
        assert wrong(script, faults, 3, PitExitTime=first.until_s - line.shift_s + 4.0)
        assert wrong(script, Faults(), 3, PitExitTime=first.until_s - line.shift_s)


class TestNeverBack:
    """Ada is killed across her stop, Ben alone looks on, and is never online again."""

    def faults(self, away_s: float) -> Faults:
        kills = (Kill(ADA.customer_id, ACROSS[0], ACROSS[1] - ACROSS[0]),)
        return Faults(running=only(ADA, BEN), kills=kills, kept_away=(KeptAway(BEN.customer_id, away_s),))

    def test_what_he_had_not_told_is_unknowable(self) -> None:
        assert wrong_numbers(self.faults(VISIT.until_s + 2.0), first_lap=4, stint=1) == []

    def test_what_he_had_told_long_before_is_known(self) -> None:
        script = race(Stop(3, REPAIRED, wait_s=12.0), laps=12)
        doubts = unknowable(script, self.faults(VISIT.until_s + 110.0))
        assert not any(doubt.numbers for doubt in doubts.values())
        offline = Outage(BEN.customer_id, VISIT.from_s - 5.0, VISIT.until_s + 60.0)
        faults = self.faults(VISIT.until_s + 110.0)
        told_late = Faults(faults.running, (offline,), faults.kills, kept_away=faults.kept_away)
        assert any(doubt.numbers for doubt in unknowable(script, told_late).values())

    def test_what_he_told_or_not_just_before_may_be_the_driver_s_or_a_team_mate_s(self) -> None:
        faults = Faults(kept_away=(KeptAway(ADA.customer_id, LINES[6] + 5.0),))
        for source in ("driver", "teammate"):
            assert wrong(STOP, faults, 6, Source=source) == []
        assert wrong(STOP, faults, 7, Source="driver")
        assert wrong(STOP, faults, 6, FuelLevel=None, FuelUsed=None) == []

    def test_who_comes_back_after_the_race_is_asked(self) -> None:
        found = race_named("only witness online after the race")
        assert not any(doubt.numbers for doubt in unknowable(found.script, found.faults).values())
        found = race_named("only witness never online again")
        assert any(doubt.numbers for doubt in unknowable(found.script, found.faults).values())


def test_of_two_pcs_one_is_enough_but_not_when_both_are_off() -> None:
    second = Running(ADA.customer_id, name="second", until_s=LINES[6])
    faults = killed(*ACROSS, running=(*only(ADA), second))
    assert {lap for _, lap in doubts_in(STOP, faults)} == set()
    both = blind(*ACROSS, running=(*only(ADA), second))
    assert {lap for _, lap in doubts_in(STOP, both)} >= {3, 4}
    replaying = Running(ADA.customer_id, name="second", sim_mode="replay")
    assert {lap for _, lap in doubts_in(STOP, killed(*ACROSS, running=(*only(ADA), replaying)))} >= {3, 4}


def test_an_older_client_tells_the_laps_that_it_ends_and_not_its_part_of_another_s() -> None:
    script = race(change(2, BEN), change(4, CLEO), laps=6)
    running = (*only(ADA, CLEO), Running(BEN.customer_id, is_older=True))
    doubts = unknowable(script, Faults(running=running))
    assert doubts[0, 2].fields == doubts[0, 3].fields == {"PlayerTireCompound"}
    assert {lap for _, lap in doubts} == {2, 3, 4}
    assert doubts[0, 4].fields >= {"FuelUsed", "StopMovingTime"}
    assert "PlayerTireCompound" not in doubts[0, 4].fields
    assert not doubts[0, 4].numbers
    assert doubts[0, 4].coarse >= {"PitEnterTime"}


def test_an_older_client_that_could_not_learn_what_was_before_it_tells_nothing_of_what_was_put_in() -> None:
    script = race(change(2, BEN), change(4, CLEO), laps=6)
    running = (*only(ADA, CLEO), Running(BEN.customer_id, is_older=True))
    (first, _) = line_of(script).visits
    offline = Faults(running=running, outages=(Outage(ADA.customer_id, first.from_s - 10.0, first.until_s + 30.0),))
    doubts = unknowable(script, offline)
    assert doubts[0, 2].fields == {"PlayerTireCompound", "FuelUsed", "FuelAdded"}
    assert doubts[0, 3].fields == {"PlayerTireCompound"}


def test_the_line_of_who_is_kept_away_is_broken_for_good() -> None:
    outages = (
        Outage(BEN.customer_id, 20.0, 60.0),
        Outage(BEN.customer_id, 80.0, 120.0),
        Outage(ADA.customer_id, 80.0, 120.0),
    )
    faults = Faults(outages=outages, kept_away=(KeptAway(BEN.customer_id, 100.0),))
    done = [(tick / RATE, what, fault.member) for tick, _, what, fault in Agenda.of(faults, ALL).entries]
    assert (60.0, "mend_line", BEN.customer_id) in done
    assert (100.0, "keep_away", BEN.customer_id) in done
    assert [(at_s, who) for at_s, what, who in done if what == "mend_line" and at_s > 60.0] == [
        (120.0, ADA.customer_id)
    ]


@pytest.mark.slow
def test_random_races_are_the_same_for_the_same_seed_and_some_end_with_somebody_away() -> None:
    races = [random_team_race(seed) for seed in range(20)]
    assert [random_team_race(seed) for seed in (3, 15, 19)] == [races[seed] for seed in (3, 15, 19)]
    assert [seed for seed, race in enumerate(races) if race.faults.kept_away] == [15]
    assert [seed for seed, race in enumerate(races) if any(o.until_s is None for o in race.faults.outages)] == [17, 19]
    assert [seed for seed, race in enumerate(races) if any(k.away_s == NEVER_S for k in race.faults.kills)] == [6, 12]
    assert {race.faults.simulators_end_first for race in races} == {True, False}
