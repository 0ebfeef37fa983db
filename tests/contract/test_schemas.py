"""Schemas, DATA.md and code know the same fields; and a document that is not as it must be is found."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contract.test_fields import INFO, LAP, LEDGER, MARK, RECORD, STATE, STATE_OF_CAR, UTC_AT_LINE
from support import schemas
from teamtactics.cli.schema import NAMES, complete, print_schemas, schema
from teamtactics.contract.documents import info_document, lap_document, state_document
from teamtactics.contract.foreign import _INFO, _LAP, _STATE
from teamtactics.contract.member import _FIELDS, member_document
from teamtactics.contract.parcels import lap_parcel, told_anew
from teamtactics.contract.part_document import part_document
from teamtactics.contract.values import AT_LINE
from teamtactics.model.events import ANNOUNCED, LapFinished, RunEvent, RunEventKind
from teamtactics.model.facts import LapFacts
from teamtactics.model.parcel import Document, Message
from teamtactics.model.records import Moment
from teamtactics.model.status import Member
from teamtactics.reports.summary import LAP_COLUMNS

CONTRACT = Path(__file__).parents[2] / "app" / "teamtactics" / "contract"
SECTIONS = {
    "info": "Document info",
    "lap": "Laps",
    "state": "Document state",
    "member": "Members",
    "part": "Parts",
    "message": "Messages",
}


def written() -> dict[str, Document]:
    """One document of each kind, as the code writes it."""
    member = Member(101, "Ada Falk", "1.0.0", True, 2, "ok", "UTF8", UTC_AT_LINE)
    return {
        "info": info_document(INFO, 2, 12),
        "lap": lap_document(RECORD, utc=UTC_AT_LINE),
        "state": state_document(STATE_OF_CAR, INFO, 2, UTC_AT_LINE),
        "member": member_document(member),
        "part": part_document(LapFacts(7, 101), RECORD, is_drivers=True),
    }


IDS = {"info": "info", "lap": "7", "state": "state", "member": "member 101", "part": "part 7 101"}


def messages() -> list[Message]:
    finished = LapFinished(RECORD, STATE_OF_CAR, LapFacts(7, 101), is_whole=True)
    found = [
        LEDGER.parcels(RunEvent(kind, Moment(898.5, 50_898.0), STATE_OF_CAR), MARK)[0].message
        for kind in RunEventKind
        if kind in ANNOUNCED
    ]
    found += [lap_parcel("c", "t", finished, MARK).message, LEDGER.info_parcel(1.0, 101).message]
    return [message for message in found if message is not None]


def fields(name: str) -> set[str]:
    """What the schema *name* has of its own, and of what it extends."""
    found = schema(name)
    extends = [each["$ref"].rpartition(":")[2] for each in found.get("allOf", ()) if "$ref" in each]
    return set(found["properties"]).union(*map(fields, extends))


def test_there_is_a_schema_of_everything_that_is_written() -> None:
    assert {path.stem for path in (CONTRACT / "schemas").glob("*.json")} == set(NAMES) == {*written(), "message"}
    assert SECTIONS.keys() == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_and_says_what_each_field_is_and_in_which_unit(name: str) -> None:
    found = schema(name)
    Draft202012Validator.check_schema(found)
    assert found["$id"].endswith(f":{name}")
    for field, rule in found["properties"].items():
        assert rule.get("description"), field
        if "number" in rule["type"]:
            assert re.match(r"(s|L|m/s)\b|°C", rule["description"]), f"{field} has no unit"
    assert set(found["required"]) == found["properties"].keys() - {"Updated"}


@pytest.mark.parametrize("name", IDS)
def test_schema_and_code_know_the_same_fields(name: str) -> None:
    assert fields(name) == written()[name].keys() | {"Updated"}
    assert schemas.kind_of(IDS[name]) == name
    assert schemas.wrong(IDS[name], written()[name]) == []


def test_schema_and_door_know_the_same_fields() -> None:
    assert fields("lap") == _LAP.keys()
    assert fields("state") == _STATE.keys()
    assert fields("member") == {*_FIELDS, "SchemaVersion", "Updated"}
    assert fields("info") >= _INFO.keys()  # of which nobody reads more
    assert fields("lap") == {*LAP_COLUMNS, "Updated"}


def test_schema_and_code_know_the_same_messages() -> None:
    found = messages()
    assert {message.type for message in found} == set(schema("message")["properties"]["type"]["enum"])
    for message in found:
        assert message.data.keys() == fields("message")
        assert schemas.wrong_message(message.data) == []


def test_what_nobody_knows_is_null_and_as_good() -> None:
    unseen = replace(RECORD, was_line_seen=False, official_s=None, stint=None, stint_lap=None)
    assert schemas.wrong("7", lap_document(unseen, "teammate")) == []
    assert schemas.wrong("state", state_document(replace(STATE_OF_CAR, in_car=None, driver=None), INFO, 2)) == []
    assert schemas.wrong("info", info_document(INFO, 2)) == []


@pytest.mark.parametrize(
    ("doc_id", "document", "word"),
    [
        ("7", {**LAP, "FuelLevel": "42"}, "FuelLevel"),
        ("7", {**LAP, "LapCompleted": None}, "LapCompleted"),
        ("7", {**LAP, "LapLastLapTime": -1.0}, "LapLastLapTime"),
        ("7", {**LAP, "Fuel": 42.0}, "Fuel"),
        ("7", {name: value for name, value in LAP.items() if name != "AirTemp"}, "AirTemp"),
        ("7", {**LAP, "FuelUsed": float("nan")}, "NaN"),
        ("7", {**LAP, "Source": "somebody"}, "Source"),
        ("7", {**LAP, "Utc": "26.11.2026"}, "Utc"),
        ("7", {**LAP, "OnPitRoad": 1}, "OnPitRoad"),
        ("state", {**STATE, "InCar": {"BrakeBias": 54.5}}, "BrakeBias"),
        ("state", {**STATE, "SchemaVersion": 2}, "SchemaVersion"),
        ("part 7 101", LAP, "Facts"),
        ("part 7 101", {**written()["part"], "Source": None}, "Source"),
        ("part 7 101", {**written()["part"], "Seen": 1.0}, "Seen"),
        ("member 101", {**written()["member"], "Check": ""}, "Check"),
        ("lap 7", LAP, "no document"),
    ],
)
def test_what_is_not_as_it_must_be_is_found(doc_id: str, document: Mapping[str, Any], word: str) -> None:
    assert word in "".join(schemas.wrong(doc_id, document))


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"type": "lunch"}, "lunch"), ({"customerId": "101"}, "customerId"), ({"payload": {**STATE, "Utc": None}}, "Gap")],
)
def test_a_message_that_is_not_as_it_must_be_is_found(changes: dict[str, Any], word: str) -> None:
    told = told_anew("c", "t", LAP)
    assert told.message is not None
    assert schemas.wrong_message(told.message.data) == []
    assert word in "".join(schemas.wrong_message({**told.message.data, **changes}))


def test_a_time_stamp_is_held_against_its_schema_as_a_message_has_it() -> None:
    assert schemas.wrong("7", {**LAP, "Updated": datetime(2026, 11, 26, tzinfo=UTC)}) == []


@pytest.mark.parametrize("name", NAMES)
def test_data_md_and_schema_name_the_same_fields(name: str) -> None:
    """
    The tables alone: a field is in the first column of its section's.

    A further value of the moment at the line may stand in the schema only, which DATA.md names as the whole list.
    """
    text = (CONTRACT / "DATA.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {SECTIONS[name]}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = re.findall(r"`(\w+)`", "".join(rows))
    assert len(named) == len(set(named))
    fields = set(schema(name)["properties"]) - {"Updated"}
    assert fields - {row.name for row in AT_LINE} <= set(named) <= fields
    assert "`Updated`" in text


@pytest.mark.parametrize("name", NAMES)
def test_a_printed_schema_needs_nothing_else(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert print_schemas(name, every=False) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == complete(name)
    check = Draft202012Validator(printed)  # with no registry: what it refers to must be in it
    documents: list[Mapping[str, Any]] = [message.data for message in messages()]
    for document in documents if name == "message" else [written()[name]]:
        plain = json.loads(json.dumps(document, default=schemas._plain))
        check.validate(plain)
        assert not check.is_valid({**plain, "payload" if name == "message" else next(iter(plain)): []})


def test_names_are_listed_all_is_one_object_and_no_such_schema_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_schemas(None, every=False) == 0
    assert capsys.readouterr().out.split() == list(NAMES)
    assert print_schemas(None, every=True) == 0
    assert json.loads(capsys.readouterr().out) == {name: schema(name) for name in NAMES}
    for name, every in (("laps", False), ("lap", True)):
        assert print_schemas(name, every=every) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert "info, lap, state" in said.err
