"""A race with real clients: every member has the whole of it, whoever drove, and what is not whole is said."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from e2e.client import PRODUCT, Client, until, utc_now
from race_sim import truth
from race_sim.faults import Faults
from race_sim.named_scripts import ADA, BEN, CLEO
from race_sim.team_race import TeamRace
from race_sim.team_script import MEMBERS, change, race
from race_sim.verdict import judge
from support.firestore_reader import FirestoreReader
from teamtactics.demo.script import Member
from teamtactics.errors import OutboxError
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import Document
from teamtactics.reports.laps_page import laps_page
from teamtactics.store.store import Outbox

pytestmark = [pytest.mark.emulator, pytest.mark.slow, pytest.mark.timeout(300)]

SCRIPT = race(change(2, BEN), change(4, ADA), laps=6)
"""Ada, Ben and Ada again; Cleo never drives."""
LAPS = 7
"""With the cool-down lap, which the simulator counts too."""
MADE_UTC = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
OF_THIS_PC = ("first_utc", "last_utc")
"""Of a session: when something came onto the disk here."""
_MIRROR_LIMIT_S = 60.0


class MirroredRace(TeamRace):
    """Ends when every client's disk holds what stands in the collection."""

    def _await_settled(self, reader: FirestoreReader) -> None:
        super()._await_settled(reader)
        (told,) = self._told
        for member in self.members:
            store = self._folder / str(member) / "data" / "teamtactics.sqlite3"

            def is_mirrored(store: Path = store) -> bool:
                try:
                    with Outbox.look(store, utc_now) as outbox:
                        known = {each.doc_id: each.updated for each in outbox.mirror(told.collection).documents}
                except OutboxError:  # its client is writing
                    return False
                return known == {doc_id: _nanos(at) for doc_id, at in reader.updated(told.collection).items()}

            until(is_mirrored, _MIRROR_LIMIT_S, lambda: "what is told does not come onto every disk")


def _nanos(at: datetime | None) -> int:
    assert at is not None, "every document says when it was written"
    return int(at.replace(microsecond=0).timestamp()) * 10**9 + at.microsecond * 1_000


@dataclass(frozen=True, slots=True)
class Raced:
    """A race that is over; *collection* as it stands on the server."""

    folder: Path
    documents: dict[str, dict[str, Any]]

    def client(self, member: Member) -> Client:
        """Return the client of *member* for the product's own commands."""
        return of_folder(self.folder / str(member.customer_id))

    def copy(self, member: Member, to: Path) -> Client:
        """Return the same with a copy of his data."""
        shutil.copytree(self.folder / str(member.customer_id), to)
        return of_folder(to)


def of_folder(folder: Path) -> Client:
    return Client(folder, program=PRODUCT)


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory, firestore_emulator: str, pubsub_emulator: str) -> Raced:
    folder = tmp_path_factory.mktemp("raced")
    outcome = MirroredRace(SCRIPT, Faults(), folder, firestore_emulator, pubsub_emulator).run()
    assert judge(SCRIPT, Faults(), outcome).wrong == []
    return Raced(folder, outcome.documents[truth.collection(SCRIPT, 0)])


def recorded(client: Client) -> dict[str, Any]:
    """What ``teamtactics show last --json`` says, without what is this PC's own."""
    code, output = client.run("show", "last", "--json")
    assert code == 0, output
    found: dict[str, Any] = json.loads(output)
    for name in OF_THIS_PC:
        del found["session"][name]
    return found


def page(client: Client) -> str:
    with client.store() as outbox:
        return laps_page(outbox, MADE_UTC, zone=UTC)


def test_who_never_drove_shows_the_same_race_as_who_drove(raced: Raced) -> None:
    """Laps, stints, stops, missing laps, marks and the page, letter by letter."""
    shown = {member.name: recorded(raced.client(member)) for member in MEMBERS}
    assert [lap["LapCompleted"] for lap in shown[CLEO.name]["laps"]] == list(range(1, LAPS + 1))
    assert [lap["Driver"] for lap in shown[CLEO.name]["laps"]] == [
        raced.documents[str(n)]["Driver"] for n in range(1, 8)
    ]
    assert all(lap["Source"] == "driver" and lap["FuelLevel"] is not None for lap in shown[CLEO.name]["laps"])
    assert [(stop["driver_before"], stop["driver_after"]) for stop in shown[CLEO.name]["stops"]] == [
        (ADA.name, BEN.name),
        (BEN.name, ADA.name),
    ]
    assert shown[CLEO.name]["session"]["missing"] == []
    assert shown[ADA.name] == shown[BEN.name] == shown[CLEO.name]
    pages = [page(raced.client(member)) for member in MEMBERS]
    assert pages[0] == pages[1] == pages[2]
    assert all(name in pages[0] for name in (ADA.name, BEN.name))


def test_what_has_not_come_yet_is_the_only_difference(raced: Raced, tmp_path: Path) -> None:
    """Of lap 3 Cleo has heard nothing so far: she has seen it, without fuel, and it is marked."""
    late = raced.copy(CLEO, tmp_path / "late")
    change_store(late, ("DELETE FROM mirror WHERE doc_id = '3'",))
    known, shown = recorded(raced.client(ADA)), recorded(late)
    assert [lap for lap in shown["laps"] if lap["LapCompleted"] != 3] == [
        lap for lap in known["laps"] if lap["LapCompleted"] != 3
    ]
    (third,) = (lap for lap in shown["laps"] if lap["LapCompleted"] == 3)
    assert (third["Driver"], third["Source"], third["FuelLevel"]) == (BEN.name, "teammate", None)
    assert shown["marks"].pop("3") == ["only here"]
    assert shown["marks"] == known["marks"]


def reconciled(client: Client) -> tuple[int, list[str]]:
    """What ``teamtactics reconcile`` says below its title."""
    code, output = client.run("reconcile")
    return code, output.strip().splitlines()[1:]


def test_the_record_of_every_member_is_whole(raced: Raced) -> None:
    said = {member.name: reconciled(raced.client(member)) for member in MEMBERS}
    assert set(map(str, said.values())) == {str((0, [f"{LAPS} of {LAPS} laps; fastest lap agrees."]))}
    print(said[CLEO.name][1][0])


@pytest.mark.parametrize(("lap", "whose"), [(6, f"{ADA.name}'s"), (3, "the driver's")])
def test_a_lap_removed_is_missing(raced: Raced, tmp_path: Path, lap: int, whose: str) -> None:
    """Whose recording could fill it is said where who drove before drives behind it as well."""
    client = raced.copy(ADA if lap == 6 else BEN, tmp_path / "removed")
    change_store(
        client,
        (
            f"DELETE FROM parcels WHERE doc_id = '{lap}' AND kind = 'lap'",
            f"DELETE FROM lap_facts WHERE lap = {lap}",
            f"DELETE FROM mirror WHERE doc_id = '{lap}'",
        ),
    )
    code, said = reconciled(client)
    assert (code, said[0].partition(";")[0].rstrip(".")) == (1, f"{LAPS - 1} of {LAPS} laps")
    assert said[1:] == [f"Lap {lap} is missing: a recording (.ibt) of {whose} PC can fill what it saw."]
    assert recorded(client)["session"]["missing"] == [[lap, lap]]


def test_a_lap_doubled_is_not_counted_by_the_simulator(raced: Raced, tmp_path: Path) -> None:
    """As another program could leave it; under its own number it cannot stand there twice."""
    client = raced.copy(CLEO, tmp_path / "doubled")
    tell(client, "8", lambda lap: {**lap, "LapCompleted": 8}, of="3")
    assert reconciled(client) == (
        1,
        [
            f"{LAPS} of {LAPS} laps; fastest lap agrees.",
            "Lap 8: recorded, but not counted by the simulator.",
        ],
    )


@pytest.mark.parametrize("faster_s", [1.0, -1.0])
def test_a_lap_altered_disagrees(raced: Raced, tmp_path: Path, faster_s: float) -> None:
    client = raced.copy(CLEO, tmp_path / "altered")
    times = {number: raced.documents[str(number)]["LapLastLapTime"] for number in range(1, LAPS + 1)}
    fastest = min(times, key=lambda number: times[number])
    tell(client, str(fastest), lambda lap: {**lap, "LapLastLapTime": times[fastest] - faster_s})
    code, said = reconciled(client)
    assert code == 1
    assert said[0] == f"{LAPS} of {LAPS} laps."
    assert f"for lap {fastest}, recorded is" in said[1]
    assert len(said) == (3 if faster_s > 0 else 2), "faster than the fastest is said too"


def change_store(client: Client, statements: Iterable[str]) -> None:
    """Change rows of the store of *client* behind its back."""
    with closing(sqlite3.connect(client.folder / "data" / "teamtactics.sqlite3")) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, f"nothing was changed by {statement}"


def tell(client: Client, doc_id: str, changed: Callable[[Document], Document], of: str | None = None) -> None:
    """Let *client* have heard of a document as *changed* from what stands there under the id *of*."""
    with client.store() as outbox:
        collection = outbox.sessions()[0].collection
        there = {each.doc_id: each for each in outbox.mirror(collection).documents}[of or doc_id]
        document = replace(there, doc_id=doc_id, document=changed(there.document), version=there.version + 1)
        assert isinstance(document, Mirrored)
        outbox.keep_mirror(collection, [document])
