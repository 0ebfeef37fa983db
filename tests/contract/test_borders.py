"""What somebody else wrote, at the borders of what is believed: the last value that counts, the first that does not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from contract.test_fields import INFO, LAP, RECORD, STATE, TALLY
from teamtactics.contract.documents import info_document
from teamtactics.contract.facts_bound import shorter
from teamtactics.contract.facts_text import read_facts, write_facts
from teamtactics.contract.foreign import DocumentRefused, check_time, sound, standing
from teamtactics.contract.part_document import part_document, part_facts, part_of
from teamtactics.contract.told import lap_of, read_lap, told
from teamtactics.model.facts import Filling, LapFacts, LineSeen, MomentKind, PitMoment, Place, Request, Sight, Vantage
from teamtactics.model.records import Moment, SessionClock

WEEK_S = 604_800.0
BORDERS: list[tuple[str, str, Any, Any]] = [
    ("7", "SessionTime", -10.0, -10.1),
    ("7", "SessionTime", WEEK_S, WEEK_S + 1),
    ("7", "LapLastLapTime", 0.0, -0.1),
    ("7", "LapLastLapTime", WEEK_S, WEEK_S + 1),
    ("7", "SessionTimeOfDay", 0.0, -0.1),
    ("7", "SessionTimeOfDay", 172_800.0, 172_801.0),
    ("7", "FuelLevel", -1.0, -1.1),
    ("7", "FuelLevel", 2000.0, 2000.1),
    ("7", "PitSvFlags", 0, -1),
    ("7", "PitSvFlags", 2**32 - 1, 2**32),
    ("7", "SessionFlags", 2**32 - 1, 2**32),
    ("7", "CustomerID", -1, -2),
    ("7", "CustomerID", 2**31 - 1, 2**31),
    ("7", "TrackTemp", -100.0, -100.1),
    ("7", "TrackTemp", 200.0, 200.1),
    ("7", "Stint", 1, 0),
    ("7", "Stint", 10_000, 10_001),
    ("7", "StintLap", 0, -1),
    ("7", "StintLap", 32_767, 32_768),
    ("7", "TrackWetness", 7, 8),
    ("7", "TrackWetness", 0, -1),
    ("7", "PlayerTireCompound", -1, -2),
    ("7", "PlayerTireCompound", 1000, 1001),
    ("7", "PlayerCarTeamIncidentCount", 0, -1),
    ("7", "PlayerCarTeamIncidentCount", 100_000, 100_001),
    ("7", "SessionState", 0, -1),
    ("7", "SessionState", 255, 256),
    ("7", "LapCompleted", -1, -2),
    ("7", "LapCompleted", 32_767, 32_768),
    ("7", "LapTimeMeasured", 0.0, -0.1),
    ("7", "Gap", 0.0, -0.1),
    ("7", "FuelUsed", -1.0, -1.1),
    ("7", "FuelAdded", -1.0, -1.1),
    ("7", "AirTemp", -100.0, -100.1),
    ("7", "PlayerCarTowTime", 0.0, -0.1),
    ("7", "PitRepairLeft", WEEK_S, WEEK_S + 1),
    ("7", "PitEnterTime", -10.0, -10.1),
    ("7", "PitEnterTimeOfDay", 0.0, -0.1),
    ("7", "WeatherDeclaredWet", False, 0),
    ("7", "Source", "teammate", "team"),
    ("state", "LapStartTime", -10.0, -10.1),
    ("state", "FuelAtLapStart", -1.0, -1.1),
    ("state", "FuelAtLapStart", 2000.0, 2000.1),
    ("state", "ClientVersion", "1", "x"),
    ("state", "SubSessionID", 2**53, 2**53 + 1),
    ("info", "SessionUniqueID", 2**53, -1),
    ("info", "SessionNum", 0, -1),
    ("state", "SessionNum", 0, -1),
    ("state", "SessionID", 2**53, 2**53 + 1),
    ("state", "PitExitTime", STATE["SessionTime"] + 5.0, STATE["SessionTime"] + 5.1),
    ("state", "SchemaVersion", 1, 0),
    ("state", "InCar", {"dcABS": 1e6}, {"dcABS": 1.1e6}),
    ("state", "InCar", {"dcABS": -1e6}, {"dcABS": -1.1e6}),
    ("state", "InCar", {f"dcA{n}": 1.0 for n in range(64)}, {f"dcA{n}": 1.0 for n in range(65)}),
    ("state", "InCar", {"dc" + "A" * 40: 1}, {"dc" + "A" * 41: 1}),
    ("state", "ClientVersion", "1.2.3.4", "1.2.3.4.5"),
    ("7", "Utc", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1)),
    ("state", "OnPitRoad", True, 1),
    ("state", "OnPitRoad", False, 0),
]
DOCUMENTS = {"7": LAP, "state": STATE, "info": info_document(INFO, 2, 12)}


@pytest.mark.parametrize(("doc_id", "name", "last", "first"), BORDERS)
def test_the_last_value_that_counts_and_the_first_that_does_not(doc_id: str, name: str, last: Any, first: Any) -> None:
    document = DOCUMENTS[doc_id]
    assert sound(doc_id, {**document, name: last})[name] == last
    with pytest.raises(DocumentRefused) as refused:
        sound(doc_id, {**document, name: first})
    assert refused.value.field == name


@pytest.mark.parametrize(
    ("version", "newer"), [(1000, 1000), (1001, None), (1.5, None), (2, 2), (0, None), (True, None), ("2", None)]
)
def test_a_schema_to_come_is_a_whole_number_that_somebody_will_reach(version: Any, newer: int | None) -> None:
    with pytest.raises(DocumentRefused) as refused:
        sound("state", {**STATE, "SchemaVersion": version})
    assert refused.value.newer_schema == newer
    assert ("please update" in str(refused.value)) == (newer is not None)
    counts, why = standing("state", {**STATE, "SchemaVersion": version})
    assert counts == (None if newer is None else {"SchemaVersion": newer})
    assert why is not None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "missing"),
        ("x" * 13, "'" + "x" * 12 + "'"),
        (10**20, "a int"),
        (10**19, "10000000000000000000"),
        (-(10**20), "a int"),
        (7.5, "7.5"),
        ([7], "a list"),
    ],
)
def test_a_refusal_says_what_stands_there_in_a_few_characters(value: Any, said: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        sound("state", {**STATE, "SessionTime": value} if value != 7.5 else {**STATE, "Stint": value})
    assert f" is {said}, allowed" in str(refused.value)


def test_what_is_no_document_is_nothing_and_nothing_is_wrong_with_it() -> None:
    assert standing("state", None) == (None, None)


def test_only_a_state_has_a_future() -> None:
    """A lap is never written early: its line has been crossed."""
    clock = SessionClock((0, 0, 0), 0.0)
    assert standing("7", LAP, clock) == (LAP, None)
    with pytest.raises(DocumentRefused, match="900 s, and the session has come to 800 s"):
        check_time(STATE, SessionClock((1000, 2000, 2), 800.0))


@pytest.mark.parametrize(
    ("doc_id", "lap"),
    [
        ("7", 7),
        ("0", None),
        ("07", None),
        ("-7", None),
        ("٣", None),
        ("²", None),
        ("info", None),
        ("member 101", None),
        ("part 7 101", 7),
        ("part 0 101", 0),
        ("part 07 101", None),
        ("part 7 0101", None),
        ("part 123456 101", None),
        ("part 12345 1234567890", 12345),
        ("part 7 12345678901", None),
        ("part ٣ 101", None),
    ],
)
def test_of_which_lap_a_document_is(doc_id: str, lap: int | None) -> None:
    assert lap_of(doc_id) == lap
    if doc_id.startswith("part"):
        named = part_of(doc_id)
        assert (None if named is None else named[0]) == lap


def facts(member: int = 101, lap: int = 7) -> LapFacts:
    sight = Sight(720.0, 810.0, Vantage.CAR, member, Place.TRACK, Place.LANE, False, False, 50.0, 41.5)
    return LapFacts(lap, member, (sight,), LineSeen(Moment(810.0, 50_810.0), Vantage.CAR, member, "Ada Falk", 41.5))


def part(member: int = 101, lap: int = 7) -> dict[str, Any]:
    return dict(part_document(facts(member, lap), replace(RECORD, lap_completed=lap), True))


def test_a_lap_is_read_with_its_parts() -> None:
    documents = {"7": LAP, "part 7 101": part(), "part 7 202": part(202), "info": info_document(INFO, 2)}
    found, wrong = read_lap(7, documents)
    assert wrong is None
    assert (found.shown, found.is_drivers, found.is_left_alone) == (RECORD, True, False)
    assert found.parts == (facts(), facts(202))
    assert found.unusable == frozenset()
    assert told(7, documents) == found
    alone = told(7, {"part 7 101": part()})
    assert (alone.shown, alone.is_drivers, alone.parts) == (None, False, (facts(),))


def test_what_comes_before_lap_1_has_parts_alone() -> None:
    found = told(0, {"0": {"LapCompleted": "whatever a person wrote"}, "part 0 101": part(101, 0)})
    assert (found.shown, found.parts) == (None, (facts(101, 0),))


def test_a_part_without_sense_blocks_nobody_and_is_named() -> None:
    found, wrong = read_lap(7, {"7": LAP, "part 7 101": {**part(), "Facts": "{"}, "part 7 202": part(202)})
    assert wrong is not None
    assert wrong.field == "Facts"
    assert (found.shown, found.parts, found.unusable) == (RECORD, (facts(202),), frozenset({101}))


@pytest.mark.parametrize(
    "documents",
    [
        {"7": LAP, "part 7 101": {**part(), "Facts": json.dumps({"v": 2})}},
        {"7": {**LAP, "SchemaVersion": 2}},
        {"7": LAP, "part 7 101": {**part(), "SchemaVersion": 2}},
        {"7": {**LAP, "Stint": -1}, "part 7 101": part()},
    ],
)
def test_a_lap_that_cannot_be_used_or_is_of_a_version_to_come_is_left_alone(documents: dict[str, Any]) -> None:
    assert told(7, documents) == replace(told(7, {}), is_left_alone=True)


def test_of_a_version_to_come_only_what_is_of_a_lap_counts() -> None:
    assert not told(7, {"7": LAP, "info": {"SchemaVersion": 2}}).is_left_alone


def test_a_part_without_its_text_begins_and_ends_where_its_fields_say() -> None:
    fields = {name: value for name, value in part().items() if name != "Facts"}
    found = part_facts("part 7 101", fields)
    sight = found.sights[-1]
    assert (sight.from_s, sight.until_s, sight.driver, sight.vantage) == (720.0, 810.0, 101, Vantage.CAR)
    assert (sight.fuel_first_l, sight.fuel_last_l) == (50.0, 41.5)
    assert (sight.stood_first, sight.stood_last, sight.from_line) == (False, False, False)
    for gone in ("SeenFrom", "SeenTo"):
        outside = part_facts("part 7 101", {**fields, gone: None})
        assert Vantage.CAR not in {each.vantage for each in outside.sights}
        assert outside.line is None or outside.line.vantage is Vantage.OUTSIDE
    assert part_facts("part 7 101", {**fields, "SeenTo": 720.0}).sights[-1].until_s == 720.0
    for name, last, first in (
        ("SeenTo", WEEK_S, WEEK_S + 1),
        ("FuelFirst", 2000.0, 2000.1),
        ("FuelFirst", -1.0, -1.1),
    ):
        part_facts("part 7 101", {**fields, name: last})
        with pytest.raises(DocumentRefused) as refused:
            part_facts("part 7 101", {**fields, name: first})
        assert refused.value.field == name


def test_no_parts_id_is_no_part_and_true_is_no_number() -> None:
    fields = {name: value for name, value in part().items() if name != "Facts"}
    assert fields["Source"] == "driver"
    with pytest.raises(DocumentRefused) as refused:
        part_facts("7", fields)
    assert refused.value.field == "id"
    for name in ("SeenFrom", "FuelFirst"):
        with pytest.raises(DocumentRefused) as refused:
            part_facts("part 7 101", {**fields, name: True})
        assert refused.value.field == name


def test_a_part_says_from_when_to_when_its_member_sat_in_the_car() -> None:
    """Of all his stretches in the car, and of those alone."""
    car = [
        Sight(at_s, at_s + 5.0, Vantage.CAR, 101, Place.TRACK, Place.TRACK, False, False, litres, litres - 1.0)
        for at_s, litres in ((720.0, 50.0), (760.0, 46.0))
    ]
    outside = [
        Sight(at_s, at_s + 5.0, Vantage.OUTSIDE, 202, Place.TRACK, Place.TRACK) for at_s in (700.0, 740.0, 800.0)
    ]
    made = part_document(LapFacts(7, 101, (*outside, *car[::-1])), RECORD, False)
    assert [made[name] for name in ("SeenFrom", "SeenTo", "FuelFirst", "FuelLast")] == [720.0, 765.0, 50.0, 45.0]
    assert made["Source"] == "teammate"
    assert made["Utc"] == LAP["Utc"]


SIGHTS = tuple(
    Sight(10.0 * n, 10.0 * n + 1.0 + n % 5, Vantage.OUTSIDE, 101, Place.TRACK, Place.TRACK) for n in range(30)
)
MOMENTS = tuple(PitMoment(MomentKind.STOOD, Moment(10.0 * n, None), Vantage.OUTSIDE) for n in range(30))
REQUESTS = tuple(Request(10.0 * n, n) for n in range(30))
FILLINGS = tuple(Filling(10.0 * n, 10.0 * n + 5.0, 1.0, 2.0, 1.0) for n in range(30))


def test_of_the_stretches_the_shortest_are_left_out_but_neither_the_first_nor_the_last() -> None:
    left = shorter(LapFacts(7, 101, SIGHTS, moments=MOMENTS[:5], requests=REQUESTS[:5], fillings=FILLINGS[:5]))
    assert {*SIGHTS} - {*left.sights} == {SIGHTS[5], SIGHTS[10], SIGHTS[15]}, "a tenth, the oldest of the shortest"
    assert list(left.sights) == [sight for sight in SIGHTS if sight in left.sights]
    assert (left.moments, left.requests, left.fillings) == (MOMENTS[:5], REQUESTS[:5], FILLINGS[:5])


def test_what_is_left_out_may_be_the_second_or_the_last_but_one() -> None:
    ends = {0: 0.1, 1: 0.5, 28: 0.6, 29: 0.1}
    sights = tuple(replace(each, until_s=each.from_s + ends.get(n, 5.0)) for n, each in enumerate(SIGHTS))
    assert {*sights} - {*shorter(LapFacts(7, 101, sights)).sights} == {sights[1], sights[28], sights[2]}


def test_of_the_moments_neither_the_first_nor_the_last_of_a_kind_is_left_out() -> None:
    entered = PitMoment(MomentKind.ENTER, Moment(55.0, None), Vantage.OUTSIDE)
    left = shorter(LapFacts(7, 101, SIGHTS[:5], moments=(*MOMENTS[:15], entered, *MOMENTS[15:])))
    assert left.moments == (MOMENTS[0], *MOMENTS[4:15], entered, *MOMENTS[15:])
    assert left.sights == SIGHTS[:5]


def test_of_requests_and_fillings_the_oldest_are_left_out() -> None:
    assert shorter(LapFacts(7, 101, SIGHTS[:5], requests=REQUESTS)).requests == REQUESTS[3:]
    assert shorter(LapFacts(7, 101, SIGHTS[:5], fillings=FILLINGS)).fillings == FILLINGS[3:]
    assert shorter(LapFacts(7, 101, fillings=FILLINGS[:1])).fillings == ()
    assert shorter(LapFacts(7, 101, SIGHTS[:2])).sights == SIGHTS[1:2]
    pair = MOMENTS[:2]
    assert shorter(LapFacts(7, 101, moments=pair)).moments == pair[1:]


def test_the_last_fact_that_is_read_is_the_last_that_is_written() -> None:
    many = tuple(Request(float(n), 0) for n in range(201))
    whole = LapFacts(7, 101, requests=many[1:])
    assert read_facts(write_facts(whole)) == whole
    assert len(read_facts(write_facts(LapFacts(7, 101, requests=many))).requests) <= 200
    odd = json.loads(write_facts(whole))
    with pytest.raises(DocumentRefused, match="200 facts"):
        read_facts(json.dumps({**odd, "requests": [*odd["requests"], [0.5, 0, False]]}))
    padded = write_facts(facts())
    with pytest.raises(DocumentRefused, match="characters"):
        read_facts(padded + " " * (20_000 - len(padded) + 1))
    with pytest.raises(DocumentRefused, match="characters"):
        read_facts(padded.encode())
    assert read_facts(padded + " " * (20_000 - len(padded))) == facts()


@pytest.mark.parametrize(
    ("change", "last", "first"),
    [
        (lambda value: {"lap": value}, 32_767, 32_768),
        (lambda value: {"lap": value}, 0, -1),
        (lambda value: {"line": [810.0, None, "car", *[None] * 6, value, *[None] * 7]}, 255, 256),
        (lambda value: {"line": [810.0, None, "car", *[None] * 6, value, *[None] * 7]}, 0, -1),
        (lambda value: {"line": [810.0, None, "car", *[None] * 9, value, *[None] * 4]}, 7, 8),
        (lambda value: {"line": [810.0, None, "car", *[None] * 9, value, *[None] * 4]}, 0, -1),
        (lambda value: {"line": [810.0, None, "car", *[None] * 11, value, *[None] * 2]}, 1000, 1001),
        (lambda value: {"line": [810.0, None, "car", *[None] * 11, value, *[None] * 2]}, -1, -2),
        (lambda value: {"line": [810.0, None, "car", *[None] * 12, value, None]}, 100_000, 100_001),
        (lambda value: {"line": [810.0, None, "car", *[None] * 12, value, None]}, 0, -1),
        (lambda value: {"line": [810.0, None, "car", *[None] * 13, value]}, -62_135_596_800.0, -62_135_596_801.0),
        (lambda value: {"line": [810.0, None, "car", *[None] * 13, value]}, 253_402_300_799.0, 253_402_300_800.0),
        (lambda value: {"sights": [[100.0, value, "car", None, "track", "track", *[None] * 4, 0, False]]}, 100, 99),
    ],
)
def test_the_borders_of_a_lap_s_facts(change: Any, last: Any, first: Any) -> None:
    content = {"v": 1, "lap": 7, "member": 101}
    assert read_facts(json.dumps({**content, **change(last)})).member == 101
    with pytest.raises(DocumentRefused):
        read_facts(json.dumps({**content, **change(first)}))


def test_what_is_written_is_never_longer_than_what_is_read() -> None:
    """Also where few facts are long: numbers of many digits."""
    digits = 1_000.000_123_456_789
    sights = tuple(
        Sight(digits + n, digits + n + 0.1, Vantage.OUTSIDE, 2**31 - 1, Place.TRACK, Place.TRACK,
              None, None, digits, digits, digits, False)
        for n in range(198)
    )  # fmt: skip
    text = write_facts(LapFacts(7, 101, sights))
    assert len(text) <= 20_000
    assert len(read_facts(text).sights) > 100
    with pytest.raises(ValueError, match=r"JSON|range"):
        write_facts(LapFacts(7, 101, official_s=float("nan")))


@pytest.mark.parametrize("name", ["sights", "moments", "requests", "fillings", "lapTime", "greatest"])
def test_a_map_or_a_text_is_no_list_of_facts(name: str) -> None:
    content = {"v": 1, "lap": 7, "member": 101}
    for odd in ({}, "", {"a": 1}):
        with pytest.raises(DocumentRefused):
            read_facts(json.dumps({**content, name: odd}))


def test_facts_of_a_version_that_nobody_will_reach_are_refused_like_any_nonsense() -> None:
    for version, newer in ((1000, 1000), (1001, None), (1.0, None), (1.5, None), (0, None)):
        text = json.dumps({"v": version, "lap": 7, "member": 101})
        if version == 1.0:
            assert read_facts(text) == LapFacts(7, 101)
            continue
        with pytest.raises(DocumentRefused) as refused:
            read_facts(text)
        assert refused.value.newer_schema == newer


def test_the_text_of_facts_says_only_what_is_known() -> None:
    assert json.loads(write_facts(LapFacts(7, 101))) == {"v": 1, "lap": 7, "member": 101}
    told = json.loads(write_facts(LapFacts(0, 101, official_s=91.5, is_timed=True, tow_s=1.0, repair_s=2.0)))
    assert told == {"v": 1, "lap": 0, "member": 101, "lapTime": [91.5, True], "greatest": [1.0, 2.0, None]}
    assert TALLY.pit_exit is not None
    exit_ = PitMoment(MomentKind.EXIT, TALLY.pit_exit, Vantage.CAR)
    assert json.loads(write_facts(LapFacts(7, 101, moments=(exit_,))))["moments"] == [[804.0, 50_804.0, "exit", "car"]]
