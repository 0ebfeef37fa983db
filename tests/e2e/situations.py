"""
The recorded situations of ``../shared/data``: what must stand in the documents, and what does.

``python -m e2e.situations <folder>`` (from ``tests``) prints the table.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.schemas import assert_documents, assert_told
from teamtactics.model.events import Event, RunEvent, SessionBegan
from teamtactics.model.parcel import Document
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.writer import recording_directly
from teamtactics.reports.known_laps import known_laps
from teamtactics.store.store import Outbox
from teamtactics.telemetry.opening import open_source

TOLERANCE = 0.02
"""A tick and a bit, in s; and litres that were written as single precision."""

Check = Callable[[Any], bool]


def known(value: Any) -> bool:
    """Not null."""
    return value is not None


@dataclass(frozen=True)
class Situation:
    """
    A recording and what is right in it.

    Attributes:
        folder: Of ``../shared/data``.

        laps: By lap, the fields that the README of the data names, or that follow from what it names.

        numbers: How often a run event must come: ``pitEnter``, ``pitExit``, ``reset``, ``tow``.

        only: The laps there must be, all of them; None where it does not matter.
    """

    name: str
    laps: Mapping[int, Mapping[str, Any]]
    numbers: Mapping[str, int] = field(default_factory=dict)
    only: tuple[int, ...] | None = None
    folder: str = "hard"


ONE_STOP = {"pitEnter": 1, "pitExit": 1, "reset": 0, "tow": 0}
NOT_DRIVEN_IN = {"PitEnterTime": None, "StopMovingTime": None}

SITUATIONS = [
    Situation(
        "a1_hole_on_pit_road-2",
        {
            2: {"FuelAdded": 24.0, "FuelUsed": 2.5, "Stint": 2, "StintLap": 1, "Gap": 2.1, "PitSvFlags": 16},
        },
        ONE_STOP,
        (1, 2),
    ),
    Situation(
        "a3_tow_by_escape-1",
        {
            2: {
                "FuelAdded": 10.0,
                "FuelUsed": 1.0,
                "LapTimeMeasured": known,
                "LapLastLapTime": None,
                "PlayerCarTowTime": 60.0,
                "Stint": 2,
                "StintLap": 1,
                **NOT_DRIVEN_IN,
            }
        },
        {"tow": 1, "pitEnter": 0, "reset": 0},
        (1, 2),
    ),
    Situation(
        "a4_reset_across_line-2",
        {2: {"FuelUsed": None, "LapTimeMeasured": None, "FuelAdded": 0.0, "Stint": 2, **NOT_DRIVEN_IN}},
        {"pitEnter": 0, "reset": 1},
        (1, 2),
    ),
    Situation("a5_late_box-2", {2: {"PitSvFlags": 31, "Stint": 2, "FuelAdded": 10.0}}, ONE_STOP, (1, 2)),
    Situation("b2_time_falls-1", {2: {"Stint": 2, "StintLap": 1}, 3: {"Stint": 2, "StintLap": 2}}, ONE_STOP, (1, 2, 3)),
    Situation(
        "b6_hole_before_entry-1",
        {2: {"Stint": 1, "StintLap": 2, "PitEnterTime": known, "FuelUsed": 2.0, "FuelAdded": 0.0, "Gap": 2.1}},
        ONE_STOP,
        (1, 2),
    ),
    Situation(
        "c1_line_behind_exit-1",
        {2: {"Stint": 1, "StintLap": 2}, 3: {"Stint": 2, "StintLap": 1}, 4: {"Stint": 2, "StintLap": 2}},
        only=(1, 2, 3, 4),
    ),
    Situation("c2_box_blinks-1", {2: {"Stint": 2, "StintLap": 1, "Source": "teammate"}}),
    Situation(
        "d2_zero_fuel_at_seat-2", {2: {"FuelAdded": 0.0, "FuelUsed": 1.0, "Stint": 2, "Gap": 0.0}}, ONE_STOP, (1, 2)
    ),
    Situation("d3_reset_in_stall-1", {2: {"FuelAdded": 0.0, "FuelUsed": None, "Stint": 2}}, {"reset": 1}, (1, 2)),
    Situation(
        "nurb-2",
        {6: {"PitEnterTime": 184.53, "StopMovingTime": 204.53, "PitExitTime": lambda at: at > 240.0, "Stint": 2}},
        ONE_STOP,
        (5, 6),
    ),
    Situation("drift-4", {6: {"FuelUsed": None, "LapTimeMeasured": None, "Stint": 2}}, {"pitEnter": 0}, (5, 6)),
    Situation(
        "back-4",
        {7: {"Stint": 1}, 8: {"Stint": 1, "FuelUsed": 3.0, "StintLap": 8}},
        {"pitEnter": 0, "reset": 0},
        (5, 6, 7, 8),
    ),
    Situation("team-practice-sebring-2025", {}, {"pitExit": 1, "pitEnter": 0, "reset": 1, "tow": 0}, (), "real"),
]


@dataclass(frozen=True)
class Outcome:
    """What the program made of a recording."""

    laps: Mapping[int, Document]
    events: list[Event]
    collections: list[str]

    def count(self, kind: str) -> int:
        """How often a run event came."""
        return sum(isinstance(event, RunEvent) and event.kind.value == kind for event in self.events)


def unpacked(situation: Situation, data: Path, folder: Path) -> Path:
    """Put the recording of *situation* into *folder*."""
    recording = folder / f"{situation.name}.ibt"
    recording.write_bytes(gzip.decompress((data / situation.folder / f"{situation.name}.ibt.gz").read_bytes()))
    return recording


def record(recordings: list[Path], folder: Path) -> Outcome:
    """Run *recordings*, one after the other, through source, tracker and recorder into one store in *folder*."""
    events: list[Event] = []
    with Outbox.open(folder / "store.sqlite3", lambda: datetime.now(UTC)) as outbox:
        for recording in recordings:
            journal, _ = recording_directly(outbox)
            source = open_source(recording, None)
            Collector(source, Tracker(), journal, threading.Event(), on_event=events.append).run()
        assert_told(outbox)
        laps: dict[int, Document] = {}
        for session in outbox.sessions():
            laps.update({int(str(lap["LapCompleted"])): lap for lap in known_laps(outbox, session)})
        assert_documents({str(number): lap for number, lap in laps.items()})
        return Outcome(laps, events, [session.collection for session in outbox.sessions()])


def wrong(situation: Situation, outcome: Outcome) -> list[str]:
    """Say field by field what is not as it must be; empty when all is right."""
    found = []
    begun = sum(isinstance(event, SessionBegan) for event in outcome.events)
    if (begun, len(outcome.collections)) != (1, 1):
        found.append(f"a session began {begun} times in {len(outcome.collections)} collections")
    if situation.only is not None and tuple(outcome.laps) != situation.only:
        found.append(f"laps {list(outcome.laps)} instead of {list(situation.only)}")
    for kind, number in situation.numbers.items():
        if outcome.count(kind) != number:
            found.append(f"{kind} came {outcome.count(kind)} times, not {number}")
    for lap, fields in situation.laps.items():
        for name, right in fields.items():
            shown = outcome.laps.get(lap, {}).get(name)
            if not _is_right(shown, right):
                found.append(f"lap {lap} {name} {shown!r}, right is {getattr(right, '__name__', right)!r}")
    return found


def _is_right(shown: Any, right: Any) -> bool:
    if callable(right):
        return shown is not None and bool(right(shown))
    if isinstance(right, float) and isinstance(shown, float):
        return abs(shown - right) <= TOLERANCE
    return bool(shown == right) and (shown is None) == (right is None)


def table(data: Path) -> str:
    """Say of every recorded situation whether it is right."""
    lines = []
    for situation in SITUATIONS:
        with tempfile.TemporaryDirectory() as folder:
            outcome = record([unpacked(situation, data, Path(folder))], Path(folder))
        found = wrong(situation, outcome)
        lines.append(f"{situation.name:<28} {'right' if not found else '; '.join(found)}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(Path(sys.argv[1])))
