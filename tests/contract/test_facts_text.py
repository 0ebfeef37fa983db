"""Facts go through text and documents and come back as they were; what is none is refused and says why."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from race.record.any_facts import lap_facts
from race.record.any_race import many
from race.record.paper_race import ADA, CYD, LAP_S, Race, stop
from teamtactics.contract import facts_text, values
from teamtactics.contract.documents import lap_document
from teamtactics.contract.facts_text import MOST_CHARACTERS, MOST_FACTS, read_facts, write_facts
from teamtactics.contract.foreign import DocumentRefused
from teamtactics.contract.lap_facts import lap_facts as facts_of_document
from teamtactics.contract.lap_facts import shown_lap, utc_of
from teamtactics.contract.part_document import part_document, part_facts, part_id, part_of
from teamtactics.model.facts import Filling, LapFacts, LineSeen, MomentKind, PitMoment, Place, Sight, Vantage
from teamtactics.model.frame import AT_LINE
from teamtactics.model.records import Moment
from teamtactics.race.record.fold import fold

RACE = Race(visits=(stop(2 * LAP_S + 20.0, fills=((4.0, 20.0),)),))


def seen(member: int, lap: int) -> LapFacts:
    return next(facts for facts in RACE.seen_by(member, (0.0, RACE.end_s)) if facts.lap == lap)


@many
@given(lap_facts())
def test_facts_come_back_exactly(facts: LapFacts) -> None:
    text = write_facts(facts)
    assert read_facts(text) == facts
    assert text.isascii()


@many
@given(lap_facts(members=(ADA, CYD)))
def test_a_part_comes_back_exactly(facts: LapFacts) -> None:
    alone = fold([facts])
    assert alone is not None
    doc_id = part_id(facts.lap, facts.member)
    assert part_of(doc_id) == (facts.lap, facts.member)
    assert part_facts(doc_id, part_document(facts, alone.record, alone.is_drivers)) == facts


def test_a_lap_in_which_everything_happened_is_a_short_text() -> None:
    assert len(write_facts(seen(ADA, 3))) < MOST_CHARACTERS / 10


def test_a_column_of_a_version_to_come_is_not_looked_at() -> None:
    content = json.loads(write_facts(seen(ADA, 3)))
    for rows in (content["sights"], content["moments"], content["requests"], content["fillings"], [content["line"]]):
        for row in rows:
            row.append({"new": [1]})
    content["tyres"] = [1, 2]
    assert read_facts(json.dumps(content)) == seen(ADA, 3)


def changed(**values: Any) -> str:
    return json.dumps({**json.loads(write_facts(seen(ADA, 3))), **values})


SIGHT = [100.0, 101.0, "car", 101, "track", "track", False, False, 50.0, 49.0, 0.0, False]


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        b"{}",
        "",
        "[]",
        "[" * 10_000,
        "{" * 5,
        '{"v":1,"lap":NaN}',
        "x" * (MOST_CHARACTERS + 1),
        changed(v=0),
        changed(v="1"),
        changed(lap=-1),
        changed(lap=40_000),
        changed(lap=2.5),
        changed(lap=None),
        changed(lap=True),
        changed(member=10**30),
        changed(member="101"),
        changed(sights=3),
        changed(sights=[3]),
        changed(sights=[SIGHT[:5]]),
        changed(sights=[[101.0, 100.0, *SIGHT[2:]]]),
        changed(sights=[[*SIGHT[:2], "mirror", *SIGHT[3:]]]),
        changed(sights=[[*SIGHT[:2], ["car"], *SIGHT[3:]]]),
        changed(sights=[[*SIGHT[:4], "moon", *SIGHT[5:]]]),
        changed(sights=[[None, *SIGHT[1:]]]),
        changed(sights=[[1e300, *SIGHT[1:]]]),
        changed(sights=[[*SIGHT[:8], 1e6, *SIGHT[9:]]]),
        changed(sights=[SIGHT] * (MOST_FACTS + 1)),
        changed(moments=[[100.0, None, "jumped", "car"]]),
        changed(moments=[[100.0]]),
        changed(line=[]),
        changed(line="line"),
        changed(line={}),
        changed(requests=[[100.0, -1, False]]),
        changed(requests=[[100.0, 31, 1]]),
        changed(fillings=[[100.0, 99.0, 1.0, 2.0, 1.0]]),
        changed(lapTime=[90.0]),
        changed(lapTime=["fast", True]),
        changed(greatest=[-1.0, None, None]),
    ],
)
def test_what_is_no_facts_is_refused(text: object) -> None:
    with pytest.raises(DocumentRefused) as refused:
        read_facts(text)
    assert refused.value.field == "Facts"
    assert len(str(refused.value)) < 300
    assert refused.value.newer_schema is None


@many
@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5), st.lists))
def test_whatever_stands_there_is_facts_or_refused(value: Any) -> None:
    """No other exception, whatever a person or a program has put into the text."""
    content = json.loads(write_facts(seen(ADA, 3)))
    for name in content:
        if name == "v":
            continue
        try:
            told = read_facts(json.dumps({**content, name: value}))
        except DocumentRefused:
            continue
        assert read_facts(write_facts(told)) == told


def test_facts_of_a_version_to_come_are_left_alone() -> None:
    with pytest.raises(DocumentRefused) as refused:
        read_facts(changed(v=2))
    assert refused.value.newer_schema == 2


def test_a_part_that_tells_of_another_lap_is_refused() -> None:
    facts = seen(ADA, 3)
    alone = fold([facts])
    assert alone is not None
    document = part_document(facts, alone.record, True)
    for doc_id in (part_id(4, ADA), part_id(3, CYD), "part 3", "part -3 101", "3", "part 3 101 "):
        with pytest.raises(DocumentRefused):
            part_facts(doc_id, document)


def test_a_part_carries_the_fields_of_the_contract() -> None:
    facts = seen(ADA, 3)
    alone = fold([facts])
    assert alone is not None
    part = part_document(facts, alone.record, alone.is_drivers)
    assert part.keys() - lap_document(alone.record).keys() == {
        "FuelFirst", "FuelLast", "SeenFrom", "SeenTo", "Facts"
    }  # fmt: skip
    assert (part["SeenFrom"], part["SeenTo"]) == (180.0, 270.0)
    assert part["FuelFirst"] == pytest.approx(RACE.fuel_l(180.0))
    assert part["FuelLast"] == part["FuelLevel"]
    watchers = seen(CYD, 3)
    outside = fold([watchers])
    assert outside is not None
    part = part_document(watchers, outside.record, outside.is_drivers)
    assert [part[name] for name in ("FuelFirst", "FuelLast", "SeenFrom", "SeenTo")] == [None] * 4
    assert part["Source"] == "teammate"


def test_a_part_without_its_text_tells_what_its_fields_say() -> None:
    """Another program's, or one that was written before the text was."""
    facts = seen(ADA, 3)
    alone = fold([facts])
    assert alone is not None
    part = {**part_document(facts, alone.record, True), "Facts": None}
    told = part_facts(part_id(3, ADA), part)
    assert (told.lap, told.member) == (3, ADA)
    again = fold([told])
    assert again is not None
    assert again.record.tally.stop_moving == alone.record.tally.stop_moving
    assert again.record.fuel_level_l == alone.record.fuel_level_l
    sight = told.sights[-1]
    assert (sight.from_s, sight.until_s, sight.vantage) == (180.0, 270.0, Vantage.CAR)
    assert sight.fuel_first_l == pytest.approx(RACE.fuel_l(180.0))
    for broken in ({"SeenTo": 1.0}, {"SeenFrom": float("nan")}, {"FuelFirst": "full"}, {"FuelLevel": -50.0}):
        with pytest.raises(DocumentRefused):
            part_facts(part_id(3, ADA), {**part, **broken})


def test_a_lap_document_tells_what_its_driver_saw() -> None:
    """The same lap is folded from it again."""
    facts = [each for each in RACE.seen_by(ADA, (0.0, RACE.end_s)) if each.lap == 3]
    before = [each for each in RACE.seen_by(ADA, (0.0, RACE.end_s)) if each.lap == 2]
    folded = fold(facts, before)
    assert folded is not None
    told = facts_of_document("3", lap_document(folded.record))
    assert told.member == ADA
    for known in (before, []):
        again = fold([told], known)
        assert again is not None
        assert again.record.fuel_used_l == pytest.approx(folded.record.fuel_used_l)
        assert again.record.measured_s == pytest.approx(LAP_S)
        assert again.record.tally == folded.record.tally
        assert again.is_drivers


def test_when_the_line_was_crossed_goes_with_it() -> None:
    """By the clock of who told it; a clock that nobody believes is no reason to refuse a lap."""
    facts = seen(ADA, 3)
    assert facts.line is not None
    stamped = replace(facts, line=replace(facts.line, utc_s=1_790_000_000.25))
    folded = fold([stamped])
    assert folded is not None
    part = part_document(stamped, folded.record, True)
    assert part["Utc"] == datetime.fromtimestamp(1_790_000_000.25, UTC)
    told = facts_of_document("3", lap_document(folded.record, utc=utc_of(folded.record))).line
    assert told is not None
    assert told.utc_s == 1_790_000_000.25
    for year in (1, 1970, 9999):
        wrong = facts_of_document("3", lap_document(folded.record, utc=datetime(year, 12, 31, tzinfo=UTC)))
        assert read_facts(write_facts(wrong)) == wrong


def test_a_team_mates_lap_is_nobodys_in_particular() -> None:
    folded = fold([seen(CYD, 5)])
    assert folded is not None
    told = facts_of_document("5", lap_document(folded.record, "teammate"))
    assert told.member == 0
    assert told.line is not None
    assert (told.line.vantage, told.line.driver) == (Vantage.OUTSIDE, ADA)
    assert not told.is_from_car


def test_the_exit_in_the_first_lap_of_a_stint_ended_a_stop() -> None:
    """The numbers say what the document else does not: the car stood, in the lap before."""
    record = fold([seen(ADA, 3)])
    assert record is not None
    shown, _ = shown_lap("3", {**lap_document(record.record), "StopMovingTime": None, "Stint": 2, "StintLap": 1})
    kinds = [each.kind for each in facts_of_document("3", lap_document(shown)).moments]
    assert MomentKind.SERVED in kinds
    assert MomentKind.STOOD not in kinds
    drive_through = facts_of_document("3", {**lap_document(shown), "StintLap": 3})
    assert MomentKind.SERVED not in [each.kind for each in drive_through.moments]


@pytest.mark.parametrize("changes", [{"LapCompleted": 4}, {"LapCompleted": None}, {"FuelUsed": float("inf")}])
def test_a_lap_document_that_is_none_is_refused(changes: dict[str, Any]) -> None:
    folded = fold([seen(ADA, 3)])
    assert folded is not None
    with pytest.raises(DocumentRefused):
        facts_of_document("3", {**lap_document(folded.record), **changes})


def test_a_lap_with_more_facts_than_anybody_reads_is_told_as_far_as_they_read() -> None:
    """An hour in the stall behind a bad line: what is told of it must not be refused, least of all by ourselves."""
    sights = tuple(
        Sight(
            1_000.1 + 10 * n, 1_003.7 + 10 * n + n / 100, Vantage.OUTSIDE, 4711, Place.STALL, Place.STALL,
            from_line=n == 0,
        )
        for n in range(400)
    )  # fmt: skip
    moments = tuple(
        PitMoment(MomentKind.STOOD, Moment(1_000.123456789 + 10 * n, 50_000.0), Vantage.OUTSIDE) for n in range(150)
    )
    line = LineSeen(Moment(6_000.0, 56_000.0), Vantage.OUTSIDE, 4711)
    entered = PitMoment(MomentKind.ENTER, Moment(900.0, 49_900.0), Vantage.OUTSIDE)
    left = PitMoment(MomentKind.EXIT, Moment(5_500.0, 55_500.0), Vantage.OUTSIDE)
    filling = Filling(2_000.0, 2_030.0, 10.0, 60.0, 50.0)
    facts = LapFacts(7, 4711, sights, line, moments=(entered, *moments, left), fillings=(filling,))
    told = read_facts(write_facts(facts))
    assert set(told.sights) < set(facts.sights)
    assert (told.sights[0], told.sights[-1]) == (sights[0], sights[-1])
    assert {entered, left} < set(told.moments)
    assert (told.line, told.fillings) == (line, (filling,))
    assert write_facts(told) == write_facts(facts)


def test_each_value_that_is_marked_in_a_frame_has_its_row() -> None:
    assert sorted(row.field for row in values.AT_LINE) == list(AT_LINE)


def later(*names: str) -> Any:
    """Let these be values that a version to come has at the line."""
    return mock.patch.object(facts_text, "_BY_NAME", [values.Row(name.lower(), name, values.SPAN) for name in names])


def test_a_later_value_stands_by_its_name_and_is_nobody_elses() -> None:
    line = LineSeen(Moment(500.0, None), Vantage.CAR, utc_s=1.5e9, values=(("air_temp", 20.5), ("fog", 2.0)))
    facts = LapFacts(7, ADA, line=line)
    with later("Dew", "Fog"):
        text = write_facts(facts)
        assert read_facts(text) == facts
    with later("Fog", "Hail", "Dew"):
        assert read_facts(text) == facts, "in another order, and one more"
    with later("Dew"):
        assert read_facts(text).line == replace(line, values=line.values[:1]), "what is not known is not looked at"
    assert read_facts(text).line == replace(line, values=line.values[:1]), "an older one reads the rest"


@pytest.mark.parametrize("wrong", [[2.0], 2.0, "Fog", {"Fog": "many"}, {"Fog": -1.0}])
def test_a_later_value_that_is_none_is_refused(wrong: object) -> None:
    with later("Fog"):
        content = json.loads(write_facts(LapFacts(7, ADA, line=LineSeen(Moment(500.0, None), Vantage.CAR))))
        content["line"].append(wrong)
        with pytest.raises(DocumentRefused):
            read_facts(json.dumps(content))
