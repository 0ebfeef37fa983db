"""A race recorded by rules that were wrong is corrected from its tapes, by each member what is his."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from e2e.client import PRODUCT, TOPIC, Client
from race_sim import truth
from race_sim.faults import Faults
from race_sim.named_scripts import ADA, BEN, CLEO
from race_sim.team_race import TeamRace
from race_sim.team_script import MEMBERS, change, race
from support.firestore_reader import FirestoreReader

pytestmark = [pytest.mark.emulator, pytest.mark.slow, pytest.mark.timeout(300)]

SCRIPT = race(change(2, BEN), change(4, ADA), laps=6)
"""Ada, Ben and Ada again; Cleo never drives."""
Documents = dict[str, dict[str, Any]]


class Played:
    """The race, told by all members' clients to a collection of its own."""

    def __init__(
        self,
        folder: Path,
        firestore: str,
        pubsub: str,
        options: tuple[str, ...] = (),
        faults: Faults | None = None,
    ) -> None:
        self._emulators = (firestore, pubsub)
        self._folder = folder
        team = TeamRace(SCRIPT, faults or Faults(), folder, firestore, pubsub, options=options)
        team.run()
        self._project = team.project
        self._reader = FirestoreReader(firestore, team.project)

    def laps(self) -> Documents:
        """Return the laps as they stand on the server; when the line was crossed by whose clock is none of them."""
        documents = self._reader.documents(truth.collection(SCRIPT, 0))
        return {
            doc_id: {name: value for name, value in document.items() if name != "Utc"}
            for doc_id, document in documents.items()
            if doc_id.isdecimal()
        }

    def redo(self, member: int, *words: str) -> tuple[int, str]:
        """Let the client of *member* redo what is his."""
        return self.client(member).run("redo", *words)

    def client(self, member: int) -> Client:
        """Return the client of *member* for the product's own commands."""
        client = Client(self._folder / str(member), {"messageTopic": TOPIC}, *self._emulators, program=PRODUCT)
        client.environment["GOOGLE_CLOUD_PROJECT"] = self._project
        return client


def about(one: Documents, other: Documents) -> dict[str, dict[str, Any]]:
    """Return by lap and field what differs by more than the rounding of litres."""

    def differs(left: object, right: object) -> bool:
        if isinstance(left, float) and isinstance(right, float):
            return abs(left - right) > 1e-6
        return left != right

    return {
        lap: fields
        for lap in one.keys() | other.keys()
        if (
            fields := {
                name: (one.get(lap, {}).get(name), other.get(lap, {}).get(name))
                for name in one.get(lap, {}).keys() | other.get(lap, {}).keys()
                if differs(one.get(lap, {}).get(name), other.get(lap, {}).get(name))
            }
        )
    }


def test_a_record_that_a_broken_rule_made_is_corrected_from_the_tapes(
    tmp_path: Path, firestore_emulator: str, pubsub_emulator: str
) -> None:
    (tmp_path / "right").mkdir()
    (tmp_path / "wrong").mkdir()
    right = Played(tmp_path / "right", firestore_emulator, pubsub_emulator).laps()
    wrong = Played(tmp_path / "wrong", firestore_emulator, pubsub_emulator, ("--broken-rule",))
    before = wrong.laps()
    assert before.keys() == right.keys()
    assert all("FuelLevel" in about(before, right)[lap] for lap in right), "the rule was broken everywhere"

    code, output = wrong.redo(ADA.customer_id)
    assert code == 0, output
    assert "nothing is written without --write" in output
    assert "FuelLevel" in output
    assert wrong.laps() == before, "it only shows"

    code, output = wrong.redo(ADA.customer_id, "--write")
    assert code == 0, output
    after = wrong.laps()
    bens = {lap for lap, document in right.items() if document["CustomerID"] == BEN.customer_id}
    assert bens
    assert {after[lap]["FuelLevel"] for lap in bens} == {before[lap]["FuelLevel"] for lap in bens}, "they are Ben's"
    assert all("FuelLevel" not in about(after, right).get(lap, {}) for lap in right.keys() - bens)

    for member in (BEN, CLEO):
        code, output = wrong.redo(member.customer_id, "--write")
        assert code == 0, output
    assert about(wrong.laps(), right) == {}

    for member in MEMBERS:
        code, output = wrong.redo(member.customer_id)
        assert (code, "nothing to correct" in output) == (0, True), output
