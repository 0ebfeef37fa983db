"""People in documents: by the name of the field; and documents as a file holds them, and back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from teamtactics.contract.facts_text import FIELD, read_facts, write_facts
from teamtactics.contract.foreign import DocumentRefused
from teamtactics.contract.member import member_id, member_of
from teamtactics.contract.part_document import part_id, part_of
from teamtactics.model.facts import LapFacts
from teamtactics.reports.problem.people import Found, Kind, People
from teamtactics.store.records import MEMBER

_DRIVERS = frozenset({"Driver", "Name"})
_TEAM = "TeamName"
_NUMBERS = {
    "CustomerID": Kind.CUSTOMER,
    MEMBER: Kind.CUSTOMER,
    "TeamID": Kind.TEAM,
    "SessionID": Kind.SESSION,
    "SubSessionID": Kind.SESSION,
}
_OF_NOBODY = frozenset(
    {"ClientVersion", "Track", "Car", "SessionType", "EventType", "Source", "TextEncoding", "Updated", "Utc"}
)
UTC = "utc"
"""A moment is written as ``{"utc": "2026-…"}``, so that it is one again when it is read."""


def look(document: Mapping[str, Any], found: Found) -> None:
    """Note who occurs in a document."""
    for name, value in document.items():
        if name in _NUMBERS:
            found.number(_NUMBERS[name], value)
        elif name == FIELD:
            look_at_facts(value, found)
        elif isinstance(value, str) and name in _DRIVERS:
            found.drivers.add(value)
            found.known.add(value)
        elif isinstance(value, str) and name == _TEAM:
            found.teams.add(value)
            found.known.add(value)


def look_at_id(doc_id: str, found: Found) -> None:
    """Note whose document it is."""
    part = part_of(doc_id)
    found.number(Kind.CUSTOMER, part[1] if part is not None else member_of(doc_id))


def look_at_facts(text: object, found: Found) -> None:
    """Note who occurs in what was seen of a lap; what cannot be read is not given on."""
    try:
        facts = read_facts(text)
    except DocumentRefused:
        return
    for number in (facts.member, *(sight.driver for sight in facts.sights), facts.line and facts.line.driver):
        found.number(Kind.CUSTOMER, number)
    if facts.line is not None and facts.line.name:
        found.drivers.add(facts.line.name)
        found.known.add(facts.line.name)


def with_others(document: Mapping[str, Any], people: People, prose: Callable[[str], str]) -> dict[str, Any]:
    """Return a document with other names and numbers, as a file can hold it."""
    return {name: _other(name, value, people, prose) for name, value in document.items()}


def other_id(doc_id: str, people: People) -> str:
    """Return a document's id with another customer id in it."""
    if (part := part_of(doc_id)) is not None:
        return part_id(part[0], people.number(Kind.CUSTOMER, part[1]))
    whose = member_of(doc_id)
    return doc_id if whose is None else member_id(people.number(Kind.CUSTOMER, whose))


def other_facts(text: object, people: People) -> str | None:
    """Return what was seen of a lap with other names and numbers; None for what cannot be read."""
    try:
        facts = read_facts(text)
    except DocumentRefused:
        return None
    return write_facts(_others_saw(facts, people))


def written(value: Any) -> Any:
    """Return a document's value as a file can hold it."""
    if isinstance(value, datetime):
        return {UTC: value.isoformat()}
    if isinstance(value, Mapping):
        return {name: written(each) for name, each in value.items()}
    return value


def read(value: Any) -> Any:
    """Return a document's value of what a file holds."""
    if not isinstance(value, dict):
        return value
    if [*value] == [UTC]:
        return datetime.fromisoformat(value[UTC])
    return {name: read(each) for name, each in value.items()}


def _other(name: str, value: Any, people: People, prose: Callable[[str], str]) -> Any:
    if name in _NUMBERS and type(value) is int:
        return people.number(_NUMBERS[name], value)
    if name == FIELD:
        return other_facts(value, people)
    if isinstance(value, Mapping):
        return with_others(value, people, prose)
    if not isinstance(value, str):
        return written(value)
    if name in _DRIVERS or name == _TEAM:
        return people.name(value)
    return value if name in _OF_NOBODY else prose(value)


def _others_saw(facts: LapFacts, people: People) -> LapFacts:
    def number(customer_id: int | None) -> int | None:
        return None if customer_id is None else people.number(Kind.CUSTOMER, customer_id)

    line = facts.line
    if line is not None:
        line = replace(line, driver=number(line.driver), name=None if line.name is None else people.name(line.name))
    return replace(
        facts,
        member=people.number(Kind.CUSTOMER, facts.member),
        sights=tuple(replace(sight, driver=number(sight.driver)) for sight in facts.sights),
        line=line,
    )
