"""
The facts of a lap as compact JSON text, and back: what a part carries so that nothing is lost in its summary.

Each fact is a row whose columns a table names; a version to come adds columns at the end, and what is not known here is
not looked at. Somebody else may have written the text: typed, finite and bounded behind the door, or refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NoReturn, TypeVar

from teamtactics.contract import values
from teamtactics.contract.facts_bound import count, shorter
from teamtactics.contract.foreign import DocumentRefused
from teamtactics.model.facts import Filling, LapFacts, LineSeen, MomentKind, PitMoment, Place, Request, Sight, Vantage
from teamtactics.model.records import Moment

VERSION = 1
MOST_CHARACTERS = 20_000
"""A lap in which everything happened has 3,000."""

MOST_FACTS = 200
FIELD = "Facts"

T = TypeVar("T")
Rule = Callable[[Any], Any]


def write_facts(facts: LapFacts) -> str:
    """Write *facts* as text; ``read_facts`` gives them back exactly, or as many of them as it takes."""
    text = _text(facts)
    while count(facts) > MOST_FACTS or (len(text) > MOST_CHARACTERS and count(facts)):
        facts = shorter(facts)
        text = _text(facts)
    return text


def _text(facts: LapFacts) -> str:
    line = facts.line
    content: dict[str, object] = {
        "v": VERSION,
        "lap": facts.lap,
        "member": facts.member,
        "sights": [_row(_SIGHT, sight) for sight in facts.sights],
        "line": None if line is None else _line_row(line),
        "moments": [[*_at(moment.at), *_row(_MOMENT, moment)] for moment in facts.moments],
        "requests": [_row(_REQUEST, request) for request in facts.requests],
        "fillings": [_row(_FILLING, filling) for filling in facts.fillings],
        "lapTime": [facts.official_s, facts.is_timed],
        "greatest": [facts.tow_s, facts.repair_s, facts.optional_repair_s],
        "edition": facts.edition or None,
    }
    known = {name: value for name, value in content.items() if value not in (None, [], [None, False], [None] * 3)}
    return json.dumps(known, separators=(",", ":"), allow_nan=False)


def read_facts(text: object) -> LapFacts:
    """
    Read facts that somebody has written.

    Raises:
        DocumentRefused: They are none; the text says what is wrong.
    """
    try:
        return _read(_parsed(text))
    except (ValueError, TypeError, RecursionError) as why:
        if isinstance(why, DocumentRefused):
            raise
        raise DocumentRefused(FIELD, f"{FIELD} cannot be read: {why}") from None


def _parsed(text: object) -> dict[str, Any]:
    if type(text) is not str or len(text) > MOST_CHARACTERS:
        raise ValueError(f"allowed is text of at most {MOST_CHARACTERS} characters")
    content = json.loads(text, parse_constant=_refuse)
    if type(content) is not dict:
        raise ValueError("it is no object")
    version = content.get("v")
    if version != VERSION:
        is_newer = type(version) is int and VERSION < version <= 1000
        text = f"{FIELD} are of a version that this client does not know"
        raise DocumentRefused(FIELD, text, version if is_newer else None)
    return content


def _read(content: dict[str, Any]) -> LapFacts:
    lists = {name: _list(content.get(name)) for name in ("sights", "moments", "requests", "fillings")}
    if sum(map(len, lists.values())) > MOST_FACTS:
        raise ValueError(f"allowed are {MOST_FACTS} facts")
    line = content.get("line")
    lap_time, greatest = content.get("lapTime", [None, False]), content.get("greatest", [None] * 3)
    return LapFacts(
        lap=values.number(int, 0, 32_767, content.get("lap")),
        member=values.MEMBER(content.get("member")),
        sights=tuple(_ordered(Sight(**_columns(_SIGHT, row))) for row in lists["sights"]),
        line=None if line is None else _line(_list(line)),
        moments=tuple(_pit_moment(row) for row in lists["moments"]),
        requests=tuple(Request(**_columns(_REQUEST, row)) for row in lists["requests"]),
        fillings=tuple(_ordered(Filling(**_columns(_FILLING, row))) for row in lists["fillings"]),
        **_columns(_LAP_TIME, lap_time),
        **_columns(_GREATEST, greatest),
        edition=values.number(int, 0, 1_000_000, content.get("edition", 0)),
    )


def _line_row(line: LineSeen) -> list[object]:
    known = dict(line.values)
    later = {row.name: known[row.field] for row in _BY_NAME if row.field in known}
    row = [*_at(line.at), *_row(_LINE, line), *(known.get(field) for field, _ in _OF_OLD), *_row(_UTC, line)]
    return [*row, later] if later else row


def _line(row: list[Any]) -> LineSeen:
    old_at = 2 + len(_LINE)
    utc_at = old_at + len(_OF_OLD)
    later = row[utc_at + 1] if len(row) > utc_at + 1 else {}
    if type(later) is not dict:
        raise ValueError("what is true at the line stands by its name")
    known = _columns(_OF_OLD, row[old_at:utc_at])
    known |= {row.field: _checked(row.name, _perhaps(row.rule), later.get(row.name)) for row in _BY_NAME}
    fixed = {**_columns(_LINE, row[2:]), **_columns(_UTC, row[utc_at:])}
    return LineSeen(_moment(row), **fixed, values=values.known_values(known))


def _pit_moment(row: object) -> PitMoment:
    columns = _columns(_MOMENT, _list(row)[2:])
    return PitMoment(columns["kind"], _moment(row), columns["vantage"])


def _moment(row: object) -> Moment:
    return Moment(**_columns((("session_time_s", values.TIME), ("time_of_day_s", _perhaps(values.DAY))), _list(row)))


def _at(moment: Moment) -> list[float | None]:
    return [moment.session_time_s, moment.time_of_day_s]


S = TypeVar("S", Sight, Filling)


def _ordered(stretch: S) -> S:
    if stretch.until_s < stretch.from_s:
        raise ValueError("a stretch ends before it begins")
    return stretch


Table = Sequence[tuple[str, Rule]]


def _row(table: Table, fact: object) -> list[object]:
    return [getattr(fact, name) for name, _ in table]


def _columns(table: Table, row: object) -> dict[str, Any]:
    values = _list(row)
    if len(values) < len(table):
        raise ValueError(f"a row has {len(values)} columns of {len(table)}")
    return {name: _checked(name, rule, value) for (name, rule), value in zip(table, values, strict=False)}


def _checked(name: str, rule: Rule, value: object) -> object:
    try:
        return rule(value)
    except ValueError as why:
        raise ValueError(f"{name}: {why}") from None


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    if type(value) is list:
        return value
    raise ValueError("allowed is a list")


def _perhaps(rule: Rule) -> Rule:
    return lambda value: None if value is None else rule(value)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


_YEARS_1_TO_9999 = (-62_135_596_800.0, 253_402_300_799.0)
"""A PC may have lost its clock; nothing is decided by it."""

_NAMES_OF_OLD = ("AirTemp", "TrackWetness", "WeatherDeclaredWet", "PlayerTireCompound", "PlayerCarTeamIncidentCount")
"""These have columns of the line's row; what came later stands behind the row's other columns, by name."""

_SIGHT: Table = (
    ("from_s", values.TIME),
    ("until_s", values.TIME),
    ("vantage", Vantage),
    ("driver", _perhaps(values.MEMBER)),
    ("place_first", Place),
    ("place_last", Place),
    ("stood_first", _perhaps(values.truth)),
    ("stood_last", _perhaps(values.truth)),
    ("fuel_first_l", _perhaps(values.FUEL)),
    ("fuel_last_l", _perhaps(values.FUEL)),
    ("unseen_s", values.SPAN),
    ("from_line", values.truth),
)
_LINE: Table = (
    ("vantage", Vantage),
    ("driver", _perhaps(values.MEMBER)),
    ("name", _perhaps(values.name)),
    ("fuel_level_l", _perhaps(values.FUEL)),
    ("on_pit_road", _perhaps(values.truth)),
    ("track_temp_c", _perhaps(values.DEGREES)),
    ("pit_sv_flags", _perhaps(values.BITS)),
    ("session_state", _perhaps(partial(values.number, int, 0, 255))),
    ("session_flags", _perhaps(values.BITS)),
)
_UTC: Table = (("utc_s", _perhaps(partial(values.number, float, *_YEARS_1_TO_9999))),)
_OF_OLD: Table = tuple(
    (row.field, _perhaps(row.rule)) for name in _NAMES_OF_OLD for row in values.AT_LINE if row.name == name
)
_BY_NAME = tuple(row for row in values.AT_LINE if row.name not in _NAMES_OF_OLD)
_MOMENT: Table = (("kind", MomentKind), ("vantage", Vantage))
_REQUEST: Table = (("at_s", values.TIME), ("flags", values.BITS), ("is_final", values.truth))
_FILLING: Table = (
    ("from_s", values.TIME),
    ("until_s", values.TIME),
    ("from_l", values.FUEL),
    ("until_l", values.FUEL),
    ("added_l", values.FUEL),
)
_LAP_TIME: Table = (("official_s", _perhaps(values.SPAN)), ("is_timed", values.truth))
_GREATEST: Table = tuple((name, _perhaps(values.SPAN)) for name in ("tow_s", "repair_s", "optional_repair_s"))
