"""The judge of a race finds what is wrong, excuses what nobody could know, and excuses nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from race_sim import truth
from race_sim.faults import Faults, Kill, Outage, Running
from race_sim.named_scripts import ADA, BEN, CLEO, script_named
from race_sim.team_race import Outcome
from race_sim.timeline import timeline
from race_sim.unknowable import SHARED_FIELDS, Doubt, unknowable
from race_sim.verdict import Verdict, _lap, judge
from support.pubsub_reader import Received
from teamtactics.model.parcel import iso_utc

SCRIPT = script_named("double-stint")
"""Ada drives, stops in lap 2, and hands over to Ben in lap 4 (stall before the line)."""
(TOLD,) = truth.sessions(SCRIPT)
(LINE,) = timeline(SCRIPT)
ALL = (ADA.customer_id, BEN.customer_id, CLEO.customer_id)


def message(kind: str, at_s: float, payload: dict[str, Any]) -> Received:
    attributes = {"id": f"{kind} {at_s}", "type": kind, "schema": "1", "session": TOLD.collection}
    data = {"type": kind, "session": TOLD.collection, "sessionTime": at_s, "payload": payload}
    return Received(attributes, TOLD.collection, data)


def perfect() -> Outcome:
    """What a perfect observer would have left behind."""
    laps = [{**lap, "Utc": datetime(2026, 3, 1, 12, int(str(lap["LapCompleted"])), tzinfo=UTC)} for lap in TOLD.laps]
    documents: dict[str, dict[str, Any]] = {str(lap["LapCompleted"]): lap for lap in laps}
    last = TOLD.laps[-1]
    left_s = LINE.seats[-1].span.until_s - LINE.shift_s
    same = ("CustomerID", "LapCompleted", "LapLastLapTime", "Stint", "StintLap")
    documents["state"] = {**{name: last[name] for name in same}, "OnPitRoad": False, "SessionTime": left_s}
    documents["state"]["InCar"] = dict(TOLD.in_car)
    documents["info"] = {}
    messages = [message(kind, at_s, {}) for kind, at_s in TOLD.events if kind != "lap"]
    messages += [message("lap", float(lap["SessionTime"] or 0), {**lap, "Utc": iso_utc(lap["Utc"])}) for lap in laps]
    return Outcome({TOLD.collection: documents}, messages, {}, {}, 0, 0.0)


def wrong(change: Callable[[dict[str, Any], list[Received]], object], faults: Faults | None = None) -> list[str]:
    outcome = perfect()
    change(outcome.documents[TOLD.collection], outcome.messages)
    return judge(SCRIPT, faults or Faults(), outcome).wrong


def lap_field(lap: int, name: str, value: object) -> Callable[[dict[str, Any], list[Received]], None]:
    """Change a field in the document and in its message."""

    def change(documents: dict[str, Any], messages: list[Received]) -> None:
        documents[str(lap)][name] = value
        for found in messages:
            if found.type == "lap" and found.data["payload"]["LapCompleted"] == lap:
                found.data["payload"][name] = value

    return change


def test_a_perfect_record_is_found_perfect() -> None:
    verdict = judge(SCRIPT, Faults(), perfect())
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
        (lambda _, messages: messages.append(message("pitExit", 5.0, {})), "a message pitExit at 5.000 s"),
    ],
)
def test_whatever_is_wrong_is_found(change: Callable[[dict[str, Any], list[Received]], object], said: str) -> None:
    assert any(said in line for line in wrong(change)), wrong(change)


def test_repeats_of_a_message_are_dropped_but_one_id_names_one_fact() -> None:
    assert wrong(lambda _, messages: messages.extend(messages[:3])) == []
    other = {**message("tow", 5.0, {}).data, "type": "pitEnter"}
    first = next(m for m in perfect().messages if m.type == "pitEnter")
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
    doubt = unknowable(RESET, Faults(kills=kills)).get((0, 2), Doubt())
    said_of_it = {**told.laps[1], "LapTimeMeasured": value, "Utc": datetime(2026, 3, 1, 12, tzinfo=UTC)}
    _lap("lap 2", told.laps[1], said_of_it, doubt, whole_s, verdict)
    assert (verdict.wrong == []) == is_right


def test_a_change_while_one_is_offline_excuses_what_is_handed_over_and_nothing_else() -> None:
    change_s = LINE.changes()[0][0].span.until_s
    faults = Faults(outages=(Outage(ADA.customer_id, change_s - 20.0, change_s + 30.0),))
    doubts = unknowable(SCRIPT, faults)
    assert {lap for _, lap in doubts} == {4}
    assert doubts[0, 4].fields == SHARED_FIELDS
    assert wrong(lap_field(4, "FuelUsed", None), faults) == []
    assert wrong(lap_field(4, "FuelAdded", None), faults) == []
    assert wrong(lap_field(4, "FuelAdded", 1.0), faults) != []
    assert wrong(lap_field(4, "FuelAdded", 99.0), faults) != []
    assert wrong(lap_field(4, "FuelUsed", 1.0), faults) != []
    assert wrong(lap_field(4, "FuelLevel", None), faults) != []
    assert wrong(lap_field(4, "Stint", 1), faults) != []
    assert wrong(lap_field(5, "FuelUsed", None), faults) != []


def test_laps_of_a_driver_without_client_may_be_told_from_outside_only() -> None:
    faults = Faults(running=tuple(map(Running, ALL[1:])))
    doubts = unknowable(SCRIPT, faults)
    assert {lap for _, lap in doubts} == {1, 2, 3, 4}  # of the lap that Ben ends, Ada's part is unknown
    assert [doubts[0, lap].sources for lap in (1, 2, 3, 4)] == [{"teammate"}] * 3 + [{"driver"}]
    assert not any(doubt.may_be_missing for doubt in doubts.values())
    alone = unknowable(SCRIPT, Faults(running=(Running(BEN.customer_id),)))
    assert not alone[0, 2].may_be_missing
    nobody = unknowable(SCRIPT, Faults(running=(Running(BEN.customer_id, from_s=LINE.lines[3]),)))
    assert nobody[0, 2].may_be_missing


def test_a_kill_in_mid_lap_excuses_moments_of_its_gap_but_not_the_line() -> None:
    at_s = LINE.lines[2] + 8.0
    doubts = unknowable(SCRIPT, Faults(kills=(Kill(ADA.customer_id, at_s, 3.0),)))
    assert "FuelLevel" not in doubts[0, 3].fields
    assert "Gap" in doubts[0, 3].fields
    assert doubts[0, 3].sources == {"driver"}
