"""A report's tape through the rules of today, and what is compared with what was recorded then."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from teamtactics.contract.facts_text import read_facts, write_facts
from teamtactics.contract.part_document import part_of
from teamtactics.contract.told import lap_of, told
from teamtactics.model.parcel import Document, ParcelKind
from teamtactics.model.records import RunState
from teamtactics.model.retold import Told
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.journal import Journal
from teamtactics.recording.writer import Writer
from teamtactics.reports.known_laps import known_laps
from teamtactics.reports.problem import documents
from teamtactics.reports.problem.report import DOCUMENTS, SAID, TAPE
from teamtactics.store.records import MEMBER
from teamtactics.store.store import Outbox, OwnLap
from teamtactics.telemetry.tape.source import TapeSource

SETTLED_S = 1.0
"""A lap's begin must have been seen by somebody who drove already: driving counts after three ticks."""
LATE_S = 25.0
"""So long after its line something may still come of a lap: its time, and the watchers' document of it (20 s)."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report holds of a session, in the folder that ``tools/report_to_test.py`` made of it."""

    folder: Path

    @property
    def tape(self) -> Path:
        return self.folder / TAPE

    @property
    def documents(self) -> dict[str, Any]:
        found: dict[str, Any] = documents.read(json.loads((self.folder / DOCUMENTS).read_text("utf-8")))
        # `read` looks into what is named; what stands in lists is named by nobody.
        return {name: _read_all(value) for name, value in found.items()}

    @property
    def said(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads((self.folder / SAID).read_text("utf-8"))
        return said

    def whole_laps(self) -> list[int]:
        """
        Name the laps that are compared: those whose begin, end and late time are all on the tape.

        Of the lap under way where the tape begins the client knew what this tape does not tell.
        """
        from_s, until_s = _span(self.tape)
        known = {lap["LapCompleted"]: lap for lap in self.documents["laps"]}
        found = []
        for number, lap in known.items():
            end_s, measured_s = lap["SessionTime"], lap["LapTimeMeasured"]
            begin_s = end_s - measured_s if end_s and measured_s else known.get(number - 1, {}).get("SessionTime")
            if (
                begin_s is not None
                and end_s is not None
                and begin_s >= from_s + SETTLED_S
                and end_s + LATE_S <= until_s
            ):
                found.append(number)
        return sorted(found)

    def laps_told_alone(self) -> set[int]:
        """
        Name the laps whose first document is this client's doing alone.

        In a team that is not so of laps of which others told while the tape ran, nor of a team-mate's, which is written
        only where his own client is silent: what was heard is not on the tape.
        """
        held = self.documents
        if not held["there"]:
            return set(self.whole_laps())
        own = held["facts"].get(MEMBER)
        shared = {part[0] for doc_id in held["there"] if (part := part_of(doc_id)) is not None and part[1] != own}
        return {lap["LapCompleted"] for lap in held["recorded"]["lap"] if lap["CustomerID"] == own} - shared


def as_recorded(reported: Reported) -> dict[str, Any]:
    """Return what was recorded of the laps that are whole on the tape."""
    held = reported.documents
    return _of_laps(reported, held["recorded"]["lap"], held["seen"], _shown(reported, held["laps"]))


def as_replayed(reported: Reported, folder: Path) -> dict[str, Any]:
    """
    Return what comes of them today.

    What the client knew of the laps before the tape is told first: its own facts, and what stood in the collection.
    """
    held, laps = reported.documents, reported.whole_laps()
    source = TapeSource(reported.tape)
    before = {
        number for number in _numbers(held) if number < min(laps, default=0) and _ended_before(held, number, source)
    }
    with Outbox.open(folder / "replayed.sqlite3", lambda: datetime.now(UTC)) as outbox:
        facts = {**held["facts"], "Source": source.key}
        session = outbox.begin_session(held["collection"], "reported", facts, held["began"])
        seen = [each for each in map(read_facts, held["seen"]) if each.lap in before]
        own = [OwnLap(each.lap, each.member, write_facts(each)) for each in seen]
        outbox.append(session.id, (), checkpoint=None, session_time_s=0.0, utc=held["began"], own_laps=own, facts=facts)
        _play(source, outbox, reported.said, _Team(held["there"], before))
        found = next(one for one in outbox.sessions() if one.collection == held["collection"])
        recorded = outbox.documents(found.id, ParcelKind.LAP)
        own_facts = [lap.facts for lap in outbox.own_laps(found.id)]
        return _of_laps(reported, recorded, own_facts, _shown(reported, known_laps(outbox, found)))


def differences(then: Any, now: Any, where: str = "") -> list[str]:
    """Say field by field what was recorded then and what comes of it now; nothing where all is the same."""
    if isinstance(then, dict) and isinstance(now, dict):
        names = [*then, *(name for name in now if name not in then)]
        return [
            line for name in names for line in differences(then.get(name), now.get(name), f"{where} {name}".strip())
        ]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        pairs = enumerate(zip(then, now, strict=True))
        return [line for at, (one, other) in pairs for line in differences(one, other, f"{where}[{at}]")]
    return [] if then == now else [f"{where}: {then!r} then, {now!r} now"]


def _play(source: TapeSource, outbox: Outbox, said: Mapping[str, Any], team: _Team) -> None:
    journal = Journal(on_put=lambda: writer.work())
    writer = Writer(journal, outbox, lambda: None)
    own = said["iracingId"]
    tracker = Tracker(said["stateInterval"], own)
    Collector(source, tracker, journal, threading.Event(), expected_customer_id=own, team=team).run()
    while writer.backlog:
        writer.work()


class _Team:
    """What the others had told of the laps before the tape."""

    def __init__(self, there: Mapping[str, Document], laps: set[int]) -> None:
        of_laps: dict[int, dict[str, Document]] = {}
        for doc_id, document in there.items():
            lap = lap_of(doc_id)
            if lap is not None and lap in laps:
                of_laps.setdefault(lap, {})[doc_id] = document
        self._told = {lap: told(lap, of_lap) for lap, of_lap in of_laps.items()}
        self._is_followed = False

    def follow(self, _collection: str | None, _run: Document) -> None:
        self._is_followed = True

    def take(self) -> Sequence[RunState]:
        return ()

    def laps(self) -> Mapping[int, Told]:
        if not self._is_followed:
            return {}
        found, self._told = self._told, {}
        return found

    def look(self, _silent: tuple[int, str, float] | None) -> None:
        pass


def _of_laps(
    reported: Reported, recorded: Sequence[Document], seen: Sequence[str], shown: Sequence[Document]
) -> dict[str, Any]:
    """By lap: what was told of it at once, what was seen of it, and what it came to; as a file holds it."""
    found: dict[str, Any] = {}
    alone = reported.laps_told_alone()
    for number in reported.whole_laps():
        if number in alone:
            found[f"lap {number} as told"] = [
                documents.written(lap) for lap in recorded if lap["LapCompleted"] == number
            ]
        found[f"lap {number} as seen"] = [json.loads(text) for text in seen if json.loads(text)["lap"] == number]
        found[f"lap {number} as known"] = [documents.written(lap) for lap in shown if lap["LapCompleted"] == number]
    return found


def _shown(reported: Reported, laps: Sequence[Document]) -> Sequence[Document]:
    """Where others told of laps, what they come to is not this client's doing alone, and is not compared."""
    return () if reported.documents["there"] else laps


def _numbers(held: Mapping[str, Any]) -> set[int]:
    of_facts = {json.loads(text)["lap"] for text in held["seen"]}
    return of_facts | {lap for doc_id in held["there"] if (lap := lap_of(doc_id)) is not None}


def _ended_before(held: Mapping[str, Any], number: int, source: TapeSource) -> bool:
    """Tell whether a lap is over where the tape begins: what is told of it cannot come from the tape."""
    ends = {lap["LapCompleted"]: lap["SessionTime"] for lap in held["laps"]}
    for text in held["seen"]:
        facts = read_facts(text)
        if facts.line is not None:
            ends.setdefault(facts.lap, facts.line.at.session_time_s)
    end_s = ends.get(number)
    return end_s is not None and end_s <= _span(source._path)[0]


def _span(tape: Path) -> tuple[float, float]:
    """Return the session times between which the tape has ticks."""
    times = [*_times(tape)]
    return min(times), max(times)


def _times(tape: Path) -> Iterator[float]:
    from teamtactics.telemetry.tape.chunk import decode, stretches

    with tape.open("rb") as file:
        for body in stretches(file):
            if body is not None:
                for reading in decode(body):
                    yield reading.frames[0].session_time
                    yield reading.frames[-1].session_time


def _read_all(value: Any) -> Any:
    if isinstance(value, list):
        return [documents.read(each) for each in value]
    if isinstance(value, dict):
        return {name: _read_all(each) for name, each in value.items()}
    return value
