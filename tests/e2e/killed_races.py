"""A live race on a memory image whose client is killed again and again, compared with what was true and knowable."""

from __future__ import annotations

import struct
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from e2e.client import TOPIC, Client
from e2e.kill_tally import Tally, compare_documents
from e2e.killed_replays import Clouds
from e2e.killing import Victim
from e2e.race_process import RaceProcess
from race_sim import truth
from race_sim.faults import RATE, Faults, Kill
from race_sim.named_scripts import script_named
from race_sim.team_race import Outcome
from race_sim.timeline import timeline
from race_sim.verdict import judge
from support.firestore_reader import FirestoreReader
from support.pubsub_reader import PubSubReader
from teamtactics.demo.script import Script
from teamtactics.model.parcel import ParcelKind

TICKS_PER_S = 240.0
DISK_S = 0.1
"""So long before a kill, of real time, what was seen may not be on disk yet; the race goes on four times as fast."""
BETWEEN_S = 2.5
"""The longest between two kills."""
DELIVER_LIMIT_S = 40.0
LATE_S = 0.5
"""A busy machine lets a client sleep over some ticks, then it sees a stop or a start that much later."""
_TICKS = struct.Struct("<" + "i12x" * 3)
_TICKS_AT = 48
_KINDS = (("missing", "lost"), ("no message", "lost"), ("there twice", "doubled"), ("nobody drove it", "doubled"))


class Spells:
    """
    When the client saw nothing, in race seconds, by the ticks that the image showed when it was killed and was back.

    Args:
        end_s: When the race ends.
    """

    def __init__(self, member: int, client: Client, image: Path, end_s: float) -> None:
        self._member, self._client, self._image, self._end_s = member, client, image, end_s
        self._kills: list[Kill] = []
        self._from_s: float | None = None
        self._connections = 0

    def now_s(self) -> float:
        """Return how far the race is."""
        with self._image.open("rb") as file:
            file.seek(_TICKS_AT)
            return max(_TICKS.unpack(file.read(_TICKS.size))) / RATE

    def begin(self, at_s: float) -> None:
        """Note that it was alive at *at_s* and no longer."""
        self._connections = self._connected()
        self._from_s = at_s - DISK_S * TICKS_PER_S / RATE if self._from_s is None else self._from_s

    def look(self) -> None:
        """Note it when it is back."""
        if self._from_s is not None and self._connected() > self._connections:
            self._end(self.now_s())

    def faults(self) -> Faults:
        """Return what has gone wrong until the end of the race."""
        if self._from_s is not None:
            self._end(self._end_s + 1.0)
        return Faults(kills=tuple(self._kills))

    def _end(self, at_s: float) -> None:
        assert self._from_s is not None
        if self._from_s < self._end_s:
            self._kills.append(Kill(self._member, self._from_s, at_s - self._from_s))
        self._from_s = None

    def _connected(self) -> int:
        return self._client.log().count(": connected to ")


def kill_in_race(script_name: str, kills: int, chance: Random, folder: Path, project: str, clouds: Clouds) -> Tally:
    """Drive a race of one member, whose client is killed at most *kills* times, and compare."""
    tally, script, image = Tally(sequences=1), script_named(script_name), folder / "live.dump"
    (member,) = script.members
    end_s = timeline(script)[-1].span.until_s
    settings = {"simulate": str(image), "messageTopic": TOPIC}
    client = Client(folder, settings, clouds.firestore, clouds.pubsub, is_urgent=True)
    client.environment["GOOGLE_CLOUD_PROJECT"] = project
    spells = Spells(member.customer_id, client, image, end_s)
    victim = Victim(client, chance, spells.look)
    began_s = time.monotonic()
    with (
        PubSubReader(clouds.pubsub, project, TOPIC) as reader,
        RaceProcess(script_name, image, TICKS_PER_S, str(member.customer_id)) as race,
        client,
    ):
        client.wait_for("connected to")
        race.go()
        while victim.kills < kills and spells.now_s() < end_s - 1.0 / RATE:
            victim.await_moment(BETWEEN_S)
            _kill_and_start(victim, spells, chance, tally)
        victim.until(lambda: spells.now_s() >= end_s, end_s * RATE / TICKS_PER_S + 10.0)
        race.until_end()
        if victim.kills < kills and chance.random() < 0.5:
            victim.await_moment(1.0)
            _kill_and_start(victim, spells, chance, tally)
        victim.until(lambda: _waiting(client) == 0, DELIVER_LIMIT_S)
        code, output = client.stop()
        if code != 0:
            tally.find("disorderly", f"ended with {code}: {output}")
        received = reader.pull_all()
    tally.kills = victim.kills
    cloud = FirestoreReader(clouds.firestore, project)
    documents = {told.collection: cloud.documents(told.collection) for told in truth.sessions(script)}
    outcome = Outcome(documents, received, {}, {}, round(end_s * RATE), time.monotonic() - began_s)
    _compare(script, spells.faults(), outcome, tally)
    _compare_store(client, documents, tally)
    return tally


def _kill_and_start(victim: Victim, spells: Spells, chance: Random, tally: Tally) -> None:
    at_s = spells.now_s()
    if not victim.kill():
        process = victim.client.process
        tally.find("disorderly", f"ended by itself with {process.returncode if process else None}")
    spells.begin(at_s)
    if chance.random() < 0.3:
        time.sleep(chance.uniform(0.0, 1.5))
    victim.client.start()


def _compare(script: Script, faults: Faults, outcome: Outcome, tally: Tally) -> None:
    verdict = judge(script, faults, outcome)
    if verdict.wrong:
        strict = verdict.wrong
        verdict = judge(script, faults, outcome, LATE_S)
        tally.late += [wrong for wrong in strict if wrong not in verdict.wrong]
    tally.laps += verdict.documents
    tally.unseen += verdict.unknowable
    tally.unwitnessed += sum(len(told.laps) - len(outcome.laps(told.collection)) for told in truth.sessions(script))
    tally.messages += verdict.messages
    for wrong in verdict.wrong:
        tally.find(next((kind for words, kind in _KINDS if words in wrong), "changed"), wrong)


def _compare_store(client: Client, documents: Mapping[str, Mapping[str, dict[str, Any]]], tally: Tally) -> None:
    with client.store() as outbox:
        for session in outbox.sessions():
            laps = outbox.documents(session.id, ParcelKind.LAP)
            cloud = [lap for name, lap in documents[session.collection].items() if name.isdigit()]
            compare_documents("Firestore beside the store", _by_lap(laps), _by_lap(cloud), tally)
            tally.laps += len(laps)
        for name, sink in outbox.counts().sinks.items():
            if sink.waiting:
                tally.find("disorderly", f"{sink.waiting} items still wait for {name}")


def _by_lap(laps: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(f"lap {lap['LapCompleted']}", lap) for lap in laps]


def _waiting(client: Client) -> int | None:
    if not (client.folder / "data" / "teamtactics.sqlite3").exists():
        return None
    with client.store() as outbox:
        return sum(sink.waiting for sink in outbox.counts().sinks.values())
