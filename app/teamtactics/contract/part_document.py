"""Parts: documents ``part <lap> <CustomerID>``, what one member's client knows of a lap."""

from __future__ import annotations

import re
from dataclasses import replace

from teamtactics.contract.documents import SOURCE_DRIVER, SOURCE_TEAMMATE, lap_document
from teamtactics.contract.facts_text import FIELD, read_facts, write_facts
from teamtactics.contract.foreign import DocumentRefused, sound
from teamtactics.contract.lap_facts import lap_record, utc_of
from teamtactics.model.facts import LapFacts, Place, Sight, Vantage
from teamtactics.model.parcel import Document
from teamtactics.model.precedence import Stored
from teamtactics.model.records import LapRecord
from teamtactics.model.retold import EARLIEST_S, LEVELS_L, retold

_PART = re.compile(r"part (0|[1-9]\d{0,4}) (0|[1-9]\d{0,9})", re.ASCII)


def part_id(lap: int, member: int) -> str:
    """Name the document with what the client of *member* knows of *lap*."""
    return f"part {lap} {member}"


def part_of(doc_id: str) -> tuple[int, int] | None:
    """Return lap and member of a part's document id; None when it is no part's."""
    found = _PART.fullmatch(doc_id)
    return None if found is None else (int(found[1]), int(found[2]))


def part_document(facts: LapFacts, alone: LapRecord, is_drivers: bool) -> Document:
    """
    Build the part with *facts*.

    Args:
        alone: What they fold to without anybody else's.

        is_drivers: Whether they are of the client of who drove the lap.
    """
    car = [sight for sight in facts.sights if sight.vantage is Vantage.CAR]
    first = min(car, key=lambda sight: sight.from_s, default=None)
    last = max(car, key=lambda sight: sight.until_s, default=None)
    return {
        **lap_document(alone, SOURCE_DRIVER if is_drivers else SOURCE_TEAMMATE, utc_of(alone)),
        "FuelFirst": None if first is None else first.fuel_first_l,
        "FuelLast": None if last is None else last.fuel_last_l,
        "SeenFrom": None if first is None else first.from_s,
        "SeenTo": None if last is None else last.until_s,
        FIELD: write_facts(facts),
    }


def part_facts(doc_id: str, document: Stored) -> LapFacts:
    """
    Read the part *doc_id*; without ``Facts`` (another program's, an older version's) its fields are what it tells.

    Raises:
        DocumentRefused: It is none; the text names field and reason.
    """
    named = part_of(doc_id)
    if named is None:
        raise DocumentRefused("id", f"{doc_id[:40]!a} is no part's id")
    facts = read_facts(document[FIELD]) if document.get(FIELD) is not None else _from_fields(named, document)
    if (facts.lap, facts.member) != named:
        raise DocumentRefused(FIELD, f"it tells of lap {facts.lap} by {facts.member}, and is {doc_id}")
    return facts


def _from_fields(named: tuple[int, int], document: Stored) -> LapFacts:
    lap, member = named
    found = sound("part", {**document, "LapCompleted": lap})
    from_s, until_s = (_number(document, name, EARLIEST_S, 604_800.0) for name in ("SeenFrom", "SeenTo"))
    fuel_first_l, fuel_last_l = (_number(document, name, *LEVELS_L) for name in ("FuelFirst", "FuelLast"))
    is_from_car = from_s is not None and until_s is not None
    told = retold(lap_record(found), is_drivers=is_from_car)
    sights = told.sights
    if from_s is not None and until_s is not None:
        if until_s < from_s:
            raise DocumentRefused("SeenTo", "SeenTo is earlier than SeenFrom")
        sight = Sight(from_s, until_s, Vantage.CAR, member, Place.AWAY, Place.AWAY, False, False)
        sights = (*sights, replace(sight, fuel_first_l=fuel_first_l, fuel_last_l=fuel_last_l))
    return replace(told, member=member, sights=sights)


def _number(document: Stored, name: str, low: float, high: float) -> float | None:
    value = document.get(name)
    if value is None:
        return None
    if type(value) not in (int, float) or not isinstance(value, int | float) or not low <= value <= high:
        raise DocumentRefused(name, f"{name} is no number from {low:g} to {high:g}")
    return float(value)
