"""
The one door for what somebody else wrote: typed, finite and bounded behind it, or refused.

A document in the team's database may be another version's, another program's or a person's. What each field may be is
said in a table; whatever is not named there is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from teamtactics.contract import values
from teamtactics.contract.documents import PIT_MOMENTS, SOURCE_DRIVER, SOURCE_TEAMMATE
from teamtactics.model.parcel import SCHEMA_VERSION, Document, Scalar, Value
from teamtactics.model.precedence import RUN, Stored, session_of
from teamtactics.model.records import LapTally, Moment, RunState, SessionClock

Sound = dict[str, Any]
"""What came through the door: every field of its table in its type, null where it said nothing."""

AHEAD_S = 60.0
"""
A state so much later than the clock of the own simulator was seen by nobody: all members of a session share its clock
(SIMULATOR#clock), and what they tell is under way for a while and never early.
"""

_HIGHEST_LEVEL = 1e6
"""Of an in-car setting; real are 0 to some thousand revolutions."""

_ORDER_SLACK_S = 5.0
"""A clock that was set back by 0.9 s in mid-session has been seen (SIMULATOR#clock)."""

_MOST_SETTINGS = 64
"""More in-car settings than any car has."""
_SETTING = re.compile("dc[A-Za-z0-9]{1,40}", re.ASCII)

_LATEST_SCHEMA = 1000
"""A higher number is no version to come, and would otherwise be left alone for ever."""


class DocumentRefused(ValueError):
    """
    A document of somebody else cannot be used; the text names field and reason.

    Attributes:
        field: Which one; with it a refusal is the same as one before, whatever the value.

        newer_schema: The document's schema where it is one of a version to come: left alone and never overwritten.
    """

    def __init__(self, field: str, message: str, newer_schema: int | None = None) -> None:
        self.field = field
        self.newer_schema = newer_schema
        super().__init__(message)


def sound(doc_id: str, document: Stored) -> Sound:
    """
    Return the fields of a collection's document that somebody reads, each in its type.

    Raises:
        DocumentRefused: One of them is what no client can have written.
    """
    rules, needed = {"state": (_STATE, _NEEDED), "info": (_INFO, _NONE)}.get(doc_id, (_LAP, _NONE))
    if "SchemaVersion" in rules:
        check_schema(document.get("SchemaVersion"))
    found = read(rules, document, needed)
    if rules is _STATE:
        _check_order(found)
    return found


def read(rules: Mapping[str, Rule], document: Stored, needed: frozenset[str]) -> Sound:
    """
    Return the fields of *document* that have a rule, each in its type; of those *needed* none may be absent.

    Raises:
        DocumentRefused: One of them is what its rule does not allow.
    """
    found: Sound = {}
    for name, rule in rules.items():
        value = document.get(name)
        try:
            found[name] = None if value is None and name not in needed else rule(value)
        except ValueError as why:
            raise DocumentRefused(name, f"{name} is {_shown(value)}, {why}") from None
    return found


def check_time(state: Stored, now: SessionClock | None) -> None:
    """
    Refuse a sound *state* that nobody can have seen yet.

    Args:
        now: The own simulator's clock; None, or one of another session, cannot tell.

    Raises:
        DocumentRefused: It is from the future of the session.
    """
    at_s: Any = state["SessionTime"]
    if now is not None and session_of(state) == now.session and at_s > now.time_s + AHEAD_S:
        raise DocumentRefused("future", f"it is of {at_s:.0f} s, and the session has come to {now.time_s:.0f} s only")


def standing(
    doc_id: str, document: Document | None, now: SessionClock | None = None
) -> tuple[Document | None, DocumentRefused | None]:
    """
    Say what counts of the *document* that stands in a collection, for the law of precedence, and what is wrong with it.

    What is refused counts as not there, so that whoever wrote it blocks nobody. Of a newer schema's document its number
    counts, and the law leaves it alone.
    """
    if document is None:
        return None, None
    try:
        found = sound(doc_id, document)
        if doc_id == "state":
            check_time(found, now)
    except DocumentRefused as why:
        return (None if why.newer_schema is None else {"SchemaVersion": why.newer_schema}), why
    return {name: found.get(name, value) for name, value in document.items()}, None


def run_state(state: Sound) -> RunState:
    """Make of a sound ``state`` what the tracker can go on from."""
    return RunState(
        session_time_s=state["SessionTime"],
        customer_id=state["CustomerID"],
        driver=state["Driver"],
        stint=state["Stint"],
        stint_lap=state["StintLap"],
        lap_completed=state["LapCompleted"],
        lap_last_lap_time_s=state["LapLastLapTime"],
        lap_start_s=state["LapStartTime"],
        fuel_level_l=state["FuelLevel"],
        fuel_at_lap_start_l=state["FuelAtLapStart"],
        on_pit_road=bool(state["OnPitRoad"]),
        in_car=state["InCar"] if state["InCar"] is None else tuple(sorted(state["InCar"].items())),
        tally=LapTally(
            fuel_added_l=state["FuelAdded"],
            tow_s=state["PlayerCarTowTime"],
            repair_s=state["PitRepairLeft"],
            optional_repair_s=state["PitOptRepairLeft"],
            pit_enter=moment_of(state, "PitEnter"),
            stop_moving=moment_of(state, "StopMoving"),
            start_moving=moment_of(state, "StartMoving"),
            pit_exit=moment_of(state, "PitExit"),
            pit_sv_flags=state["PitSvFlags"],
        ),
    )


def moment_of(found: Sound, name: str) -> Moment | None:
    """Return the pit moment *name* of a sound document."""
    at_s = found[f"{name}Time"]
    return None if at_s is None else Moment(at_s, found[f"{name}TimeOfDay"])


def check_schema(version: Any) -> None:
    """
    Refuse what is not of this client's schema.

    Raises:
        DocumentRefused: It is none, or of a version to come, whose number the error tells.
    """
    is_number = type(version) in (int, float) and 1 <= version <= _LATEST_SCHEMA and version % 1 == 0
    if is_number and version == SCHEMA_VERSION:
        return
    text = f"it is of schema {_shown(version)}, this client knows {SCHEMA_VERSION}"
    text += ": a newer teamtactics has written it, please update this one" if is_number else ""
    raise DocumentRefused("SchemaVersion", text, int(version) if is_number else None)


def _check_order(state: Sound) -> None:
    """Nothing that a state tells of is later than the state. Which pit moment is first, no rule says: visits mix."""
    for name in ("LapStartTime", *(f"{moment}Time" for moment in PIT_MOMENTS)):
        if state[name] is not None and state[name] > state["SessionTime"] + _ORDER_SLACK_S:
            raise DocumentRefused(name, f"{name} is {_shown(state[name])}, later than SessionTime")


def _shown(value: object) -> str:
    """Return a few characters of *value*, or its type: a number may have too many digits to be written at all."""
    if value is None:
        return "missing"
    if isinstance(value, str):
        return ascii(value[:12])
    is_short = isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**20)
    return repr(value) if is_short else f"a {type(value).__name__}"


def utc(value: object) -> datetime:
    """
    Return *value* as a moment.

    Raises:
        ValueError: It is none.
    """
    # Of any year: a team-mate's PC may have lost its clock, and nothing is decided by it.
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    raise ValueError("allowed is a timestamp")


def _settings(value: object) -> Mapping[str, Scalar]:
    if isinstance(value, Mapping) and len(value) <= _MOST_SETTINGS:
        return {_setting(name): _level(level) for name, level in value.items()}
    raise ValueError(f"allowed is a map of at most {_MOST_SETTINGS} settings")


def _setting(name: object) -> str:
    if type(name) is str and _SETTING.fullmatch(name):
        return name
    raise ValueError("allowed are names of in-car settings: dc and letters or digits")


def _level(level: object) -> Scalar:
    if level is True or level is False:
        return level
    if type(level) in (int, float) and isinstance(level, int | float) and -_HIGHEST_LEVEL <= level <= _HIGHEST_LEVEL:
        return level
    raise ValueError(f"allowed are true, false and numbers to {_HIGHEST_LEVEL:g} in it")


Rule = Callable[[object], Value]
"""Returns the value in its type; its ValueError says what is allowed."""

# What the simulator can produce. A session lasts a week at most (SIMULATOR#unlimited: 604800 is unlimited, as 32767 is
# for laps); what is seen from outside is stamped a second earlier (SIMULATOR#picture), so perhaps before the session's
# begin. Repairs of 2000 s were seen (SIMULATOR#repair). A stint takes a minute at least. No tank holds 2,000 L or kWh;
# sums are rounded.
_LAPS: Rule = partial(values.number, int, -1, 32_767)
_ID: Rule = partial(values.number, int, 0, 2**53)
VERSION: Rule = partial(values.word, r"\d{1,4}(\.\d{1,4}){0,3}(\.?[+a-z-][\w.+-]{0,24})?")
_STAMPED: dict[str, Rule] = {"Updated": utc}
_CAR: dict[str, Rule] = {
    **_STAMPED,
    "Utc": utc,
    "SessionTime": values.TIME,
    "CustomerID": values.MEMBER,
    "Driver": values.name,
    "Stint": partial(values.number, int, 1, 10_000),
    "StintLap": partial(values.number, int, 0, 32_767),
    "LapCompleted": _LAPS,
    "LapLastLapTime": values.SPAN,
    "FuelLevel": values.FUEL,
    "FuelAdded": values.FUEL,
    "OnPitRoad": values.truth,
    "PitSvFlags": values.BITS,
    **dict.fromkeys(("PlayerCarTowTime", "PitRepairLeft", "PitOptRepairLeft"), values.SPAN),
    **{f"{moment}Time": values.TIME for moment in PIT_MOMENTS},
    **{f"{moment}TimeOfDay": values.DAY for moment in PIT_MOMENTS},
}
_SESSION: dict[str, Rule] = {
    **_STAMPED,
    "SchemaVersion": _ID,
    "ClientVersion": VERSION,
    **dict.fromkeys(("SessionID", "SubSessionID", "SessionNum"), _ID),
}
_INFO: dict[str, Rule] = {**_SESSION, RUN: _ID}  # nobody reads more of it
_STATE: dict[str, Rule] = {
    **_SESSION,
    **_CAR,
    "LapStartTime": values.TIME,
    "FuelAtLapStart": values.FUEL,
    "InCar": _settings,
}
_NEEDED = frozenset({"SessionTime", "Stint", "StintLap"})
_NONE: frozenset[str] = frozenset()
_LAP: dict[str, Rule] = {
    **_CAR,
    **dict.fromkeys(("LapTimeMeasured", "Gap"), values.SPAN),
    "FuelUsed": values.FUEL,
    "TrackTemp": values.DEGREES,
    **{row.name: row.rule for row in values.AT_LINE},
    "SessionTimeOfDay": values.DAY,
    "SessionState": partial(values.number, int, 0, 255),
    "SessionFlags": values.BITS,
    "Source": partial(values.word, f"{SOURCE_DRIVER}|{SOURCE_TEAMMATE}"),
}
