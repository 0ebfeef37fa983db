"""``teamtactics follow``: a member without a simulator reads the team's session along, shows and exports it."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from e2e.client import Client, until, utc_now
from support.firestore_reader import FirestoreReader
from teamtactics.cloud.firestore import Firestore
from teamtactics.cloud.wire import Database
from teamtactics.reports.known_laps import known_laps
from teamtactics.store.store import Outbox

SESSION = "FBP Racing@118486868#28814031#2"
LAP = {"Driver": "Ada Falk", "CustomerID": 410001, "Stint": 1, "FuelUsed": 2.5, "Source": "driver", "SchemaVersion": 1}


class Team:
    """What the other members' clients have written."""

    def __init__(self, emulator: str) -> None:
        self.project, self._emulator = f"follow-{uuid.uuid4().hex[:12]}", emulator
        self.reader = FirestoreReader(emulator, self.project, are_ours=False)  # by hand, and not whole

    def tells(self, number: int, collection: str = SESSION, **fields: object) -> None:
        lap = {**LAP, "LapCompleted": number, "StintLap": number, "LapLastLapTime": 90.5 + number, **fields}
        self.puts(collection, str(number), **lap)

    def puts(self, collection: str, doc_id: str, **fields: object) -> None:
        from google.cloud.firestore import SERVER_TIMESTAMP

        self.reader.client.collection(collection).document(doc_id).set({**fields, "Updated": SERVER_TIMESTAMP})

    def everything(self) -> dict[str, object]:
        """All documents of all collections, and when each was written."""
        # The emulator lists collections for an owner only, as whom Google's client does not come here.
        database = Firestore(Database(self.project, None, self._emulator))
        try:
            names = database.collections()
        finally:
            database.close()
        return {
            document.reference.path: (document.to_dict(), document.update_time)
            for name in names
            for document in self.reader.client.collection(name).stream(timeout=10)
        }


def member(folder: Path, team: Team, emulator: str) -> Client:
    client = Client(folder, firestore=emulator)
    client.environment["GOOGLE_CLOUD_PROJECT"] = team.project
    return client


@pytest.mark.emulator
def test_what_the_team_has_told_can_be_shown_and_exported(tmp_path: Path, firestore_emulator: str) -> None:
    team = Team(firestore_emulator)
    for number in (1, 2, 3):
        team.tells(number)
    team.tells(4, Driver=7)  # what no client writes is left out
    before = team.reader.documents(SESSION)
    client = member(tmp_path, team, firestore_emulator)
    code, output = client.run("follow", SESSION, "--once")
    assert code == 0, output
    for cell in ("Ada Falk", "1:33.5000"):
        assert cell in output
    assert team.reader.documents(SESSION) == before, "who reads along writes nothing"

    code, output = client.run("show", "last", "--csv", "--to", str(tmp_path / "laps.csv"))
    assert "lap 4 cannot be used: Driver is 7" in output
    rows = list(csv.DictReader(io.StringIO((tmp_path / "laps.csv").read_text(encoding="utf-8"))))
    assert (code, [row["LapCompleted"] for row in rows]) == (0, ["1", "2", "3"])
    assert rows[0]["FuelUsed"] == "2.5"
    assert client.run("team")[0] == 0
    assert "Ada Falk" in (tmp_path / "data" / "followed" / "laps.html").read_text(encoding="utf-8")
    assert not (tmp_path / "data" / "teamtactics.sqlite3").exists(), "nothing of it is the own record"

    team.tells(5)
    code, output = client.run("follow", "--once")
    assert (code, "1:35.5000" in output) == (0, True), "the last one, from where it was left"
    assert f"Going on with {SESSION}: no session is newer" in output


@pytest.mark.emulator
def test_without_a_name_it_is_the_teams_newest(tmp_path: Path, firestore_emulator: str) -> None:
    team = Team(firestore_emulator)
    practice, race, later = (
        f"FBP Racing@{ids}" for ids in ("118486868#28814031#0", SESSION[11:], "118486999#28814999#0")
    )
    team.tells(1, practice)
    team.puts(practice, "state", Utc=utc_now() - timedelta(hours=3))
    team.tells(7, race)  # no state yet, and the latest word
    team.puts("FBP Racing@118480000#28810000#2", "state", Utc=utc_now() - timedelta(days=300))  # just written again
    for other in ("strategy", "Ada Falk@porsche992cup#spa 2024 up#2"):
        team.tells(9, other)
    before = team.everything()
    assert len(before) == 6
    client = member(tmp_path, team, firestore_emulator)
    code, output = client.run("follow", "--once")
    assert code == 0, output
    assert output.startswith(f"The team's newest session is {race}; its last word is of "), output
    assert "1:37.5000" in output
    assert team.everything() == before, "who reads along writes nothing"

    team.tells(8, later)
    code, output = client.run("follow", "--once")
    assert (code, f"The team's newest session is {later}; " in output, "1:38.5000" in output) == (0, True, True), output
    assert client.run("follow", race, "--once")[0] == 0
    code, output = client.run("follow", "--once")
    assert output.startswith(f"Going on with {later}: no session is newer; "), "also where another one was read last"
    client.environment["FIRESTORE_EMULATOR_HOST"] = "127.0.0.1:9"
    code, output = client.run("follow", "--once")
    assert code == 1
    assert "teamtactics: which session is the newest cannot be seen: " in output


@pytest.mark.emulator
def test_what_is_read_along_is_reconciled_as_far_as_it_can(tmp_path: Path, firestore_emulator: str) -> None:
    team = Team(firestore_emulator)
    for number in (1, 3):
        team.tells(number)
    client = member(tmp_path, team, firestore_emulator)
    assert client.run("follow", "--once")[0] == 0
    code, output = client.run("reconcile")
    assert code == 1, output
    assert "2 of 3 laps" in output
    assert "Lap 2 is missing" in output
    assert output.endswith("the simulator's results are known at a member whose simulator ran.\n"), output
    team.tells(2)
    assert client.run("follow", "--once")[0] == 0
    code, output = client.run("reconcile")
    assert (code, "3 of 3 laps" in output) == (0, True), output


@pytest.mark.emulator
def test_it_follows_until_it_is_told_to_end(tmp_path: Path, firestore_emulator: str) -> None:
    team = Team(firestore_emulator)
    team.tells(1)
    client = member(tmp_path, team, firestore_emulator)
    client.start("follow", SESSION)
    try:
        page = tmp_path / "data" / "followed" / "laps.html"
        until(page.exists, 20.0, client.log)
        code, output = client.stop()
    finally:
        client.kill()
    assert code == 0, output
    assert "lap 1 (1/1) 1:31.5000, Ada Falk, fuel – L, used 2.50 L" in output
    with Outbox.look(tmp_path / "data" / "followed" / "teamtactics.sqlite3", utc_now) as outbox:
        assert len(known_laps(outbox, outbox.sessions()[0])) == 1


@pytest.mark.emulator
def test_a_session_of_which_nothing_stands_there_is_said(tmp_path: Path, firestore_emulator: str) -> None:
    team = Team(firestore_emulator)
    client = member(tmp_path, team, firestore_emulator)
    code, output = client.run("follow", "No Such Team@1#2#3", "--once")
    assert code == 1
    assert "teamtactics: nothing stands in No Such Team@1#2#3" in output
    team.tells(1, "strategy")
    code, output = client.run("follow", "--once")
    assert (code, output.startswith("teamtactics: no session of a team stands there yet: ")) == (1, True), output


@pytest.mark.slow
def test_what_stands_in_the_way_is_said(tmp_path: Path) -> None:
    code, output = Client(tmp_path / "no-account").run("follow", SESSION, "--once")
    assert (code, "googleAccessToken" in output) == (2, True), output
    for words in (("follow", SESSION, "--once"), ("follow", "--once"), ("follow",)):
        code, output = Client(tmp_path / "no-line", firestore="127.0.0.1:9").run(*words)
        assert (code, output.startswith("teamtactics: ")) == (1, True), output
        assert "Traceback" not in output
