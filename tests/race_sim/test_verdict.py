"""The judge of a race finds what is wrong, excuses what nobody could know, and excuses nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from race_sim import truth
from race_sim.faults import Faults, Kill, Outage, Running, SimulatorRestart
from race_sim.named_scripts import script_named
from race_sim.perfect import UTC_NOW, lap_field, message, perfect
from race_sim.timeline import timeline
from race_sim.unknowable import Doubt, unknowable
from race_sim.verdict import Verdict, _lap, _not_counted_on, judge
from support.pubsub_reader import Received

SCRIPT = script_named("double-stint")
"""Ada drives, stops in lap 2, and hands over to Ben in lap 4 (stall before the line)."""
(TOLD,) = truth.sessions(SCRIPT)


def wrong(change: Callable[[dict[str, Any], list[Received]], object], faults: Faults | None = None) -> list[str]:
    outcome = perfect(SCRIPT)
    change(outcome.documents[TOLD.collection], outcome.messages)
    return judge(SCRIPT, faults or Faults(), outcome).wrong


def test_a_perfect_record_is_found_perfect() -> None:
    verdict = judge(SCRIPT, Faults(), perfect(SCRIPT))
    assert verdict == Verdict(documents=7, fields=7 * 35, messages=len(TOLD.events))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda documents, _: documents.pop("3"), "lap 3: missing"),
        (lambda documents, _: documents.update({"9": documents["3"] | {"LapCompleted": 9}}), "lap 9: nobody drove it"),
        (lambda documents, _: documents.update({"9": documents["3"]}), "a lap is there twice"),
        (lap_field(3, "Stint", 1), "lap 3: Stint is 1, true is 2"),
        (lap_field(3, "FuelUsed", None), "lap 3: FuelUsed is None"),
        (lap_field(2, "StopMovingTime", 1.0), "lap 2: StopMovingTime is 1.0"),
        (lap_field(2, "FuelLevel", 20.0), "lap 2: FuelLevel is 20.0"),
        (lap_field(5, "Source", "teammate"), "lap 5: Source is 'teammate'"),
        (lap_field(5, "Colour", "red"), "lap 5: fields beyond the contract: Colour"),
        (lambda documents, _: documents.pop("state"), "no state document"),
        (lambda documents, _: documents["state"].update(LapCompleted=6), "state says LapCompleted 6"),
        (lambda documents, _: documents["state"].update(SessionTime=1.0), "the last state is of 1.00 s"),
        (lambda documents, _: documents.pop("info"), "no info document"),
        (lambda documents, _: documents["state"]["InCar"].update(dcABS=9.0), "state says InCar"),
        (lambda documents, _: documents["3"].update(Utc=None), "Utc is None, SessionTime"),
        (lambda _, messages: messages.pop(), "lap 7: no message"),
        (lambda documents, _: documents["7"].update(Driver="Cleo"), "lap 7: 1 messages, but none like its document"),
        (lambda _, messages: messages.remove(next(m for m in messages if m.type == "pitEnter")), "no message pitEnter"),
        (lambda _, messages: messages.append(message(TOLD.collection, "pitExit", 5.0)), "a message pitExit at 5.000 s"),
    ],
)
def test_whatever_is_wrong_is_found(change: Callable[[dict[str, Any], list[Received]], object], said: str) -> None:
    assert any(said in line for line in wrong(change)), wrong(change)


@pytest.mark.parametrize(("kind", "seen_on_s", "is_right"), [("pitExit", 1.6, True), ("pitExit", 3.0, False)])
def test_an_exit_is_announced_by_who_saw_the_car_on_the_track_behind_it(
    kind: str, seen_on_s: float, is_right: bool
) -> None:
    at_s = next(at_s for told, at_s in TOLD.events if told == kind)
    driver = timeline(SCRIPT)[0].driver_at(at_s)
    assert driver is not None
    away = Faults(restarts=(SimulatorRestart(driver, at_s + seen_on_s, 3.0),))
    found = wrong(lambda _, messages: messages.remove(next(m for m in messages if m.type == kind)), away)
    assert (f"session 0: no message {kind} at {at_s:.3f} s" not in found) is is_right


def test_repeats_of_a_message_are_dropped_but_one_id_names_one_fact() -> None:
    assert wrong(lambda _, messages: messages.extend(messages[:3])) == []
    other = {**message(TOLD.collection, "tow", 5.0).data, "type": "pitEnter"}
    first = next(m for m in perfect(SCRIPT).messages if m.type == "pitEnter")
    lines = wrong(lambda _, messages: messages.append(Received(first.attributes, first.ordering_key, other)))
    assert any("names two different messages" in line for line in lines)


RESET = script_named("sessions")
"""A practice, in whose lap 2 the car is reset, and others."""


@pytest.mark.parametrize(
    ("dead_s", "said", "is_right"),
    [
        ((-2.0, 6.0), "line to line", True),
        ((-2.0, 6.0), "a second more", False),
        ((-8.0, 6.0), "line to line", False),
        ((1.5, 6.0), "line to line", False),
        (None, "line to line", False),
        (None, "nothing", True),
    ],
)
def test_a_lap_that_was_cut_where_nobody_looked_may_be_measured_from_line_to_line(
    dead_s: tuple[float, float] | None, said: str, is_right: bool
) -> None:
    """Seen being put into its stall it may not, whatever else of the lap was not seen."""
    line, told = timeline(RESET)[0], truth.sessions(RESET)[0]
    (put_s,) = [put.until_s for put in line.puts if line.lines[1] < put.until_s < line.lines[2]]
    driver = line.driver_at(put_s)
    assert driver is not None and told.laps[1]["LapTimeMeasured"] is None
    kills = () if dead_s is None else (Kill(driver, put_s + dead_s[0], dead_s[1]),)
    whole_s = line.lines[2] - line.lines[1]
    value = {"line to line": whole_s, "a second more": whole_s + 1.0, "nothing": None}[said]
    verdict = Verdict()
    alone = (Running(driver),)  # whoever looks on sees it
    doubt = unknowable(RESET, Faults(running=alone, kills=kills)).get((0, 2), Doubt())
    said_of_it = {**told.laps[1], "LapTimeMeasured": value, "Utc": UTC_NOW}
    _lap("lap 2", told.laps[1], said_of_it, doubt, whole_s, verdict)
    assert (verdict.wrong == []) == is_right


def test_a_part_belongs_to_a_lap_and_a_member_and_in_a_calm_race_to_a_change_of_drivers() -> None:
    part = {"part 4 410001": {}, "part 4 410002": {}}
    assert wrong(lambda documents, _: documents.update(part)) == []
    assert any("part 2 410001" in line for line in wrong(lambda documents, _: documents.update({"part 2 410001": {}})))
    offline = Faults(outages=(Outage(410_001, 20.0, 60.0),))
    assert wrong(lambda documents, _: documents.update({"part 2 410001": {}}), offline) == []
    for name in ("part 99 410001", "part 2 7"):
        found = wrong(lambda documents, _, name=name: documents.update({name: {}}), offline)
        assert any(f"a document {name!r}" in line for line in found)


@pytest.mark.parametrize(("numbers", "said"), [((3, 1), []), ((2, 3), ["after stint"]), ((1, 4), ["after stint"])])
def test_one_lap_follows_the_other_in_stint_and_stint_lap(numbers: tuple[int, int], said: list[str]) -> None:
    laps = [
        {"LapCompleted": 1, "Stint": 2, "StintLap": 5},
        {"LapCompleted": 2, "Stint": numbers[0], "StintLap": numbers[1]},
        {"LapCompleted": 4, "Stint": 1, "StintLap": 1},
        {"LapCompleted": 5, "Stint": None, "StintLap": None},
    ]
    found = _not_counted_on(laps)
    assert len(found) == len(said)
    assert all(words in line for words, line in zip(said, found, strict=True))
