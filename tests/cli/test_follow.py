"""``teamtactics follow``: a member without a simulator reads the team's session along, shows and exports it."""

from __future__ import annotations

import csv
import io
import uuid
from pathlib import Path

import pytest

from e2e.client import Client, until, utc_now
from support.firestore_reader import FirestoreReader
from teamtactics.reports.known_laps import known_laps
from teamtactics.store.store import Outbox

SESSION = "FBP Racing@118486868#28814031#2"
LAP = {"Driver": "Ada Falk", "CustomerID": 410001, "Stint": 1, "FuelUsed": 2.5, "Source": "driver", "SchemaVersion": 1}


class Team:
    """What the other members' clients have written."""

    def __init__(self, emulator: str) -> None:
        self.project = f"follow-{uuid.uuid4().hex[:12]}"
        self.reader = FirestoreReader(emulator, self.project, are_ours=False)  # by hand, and not whole
        self._collection = self.reader.client.collection(SESSION)

    def tells(self, number: int, **fields: object) -> None:
        from google.cloud.firestore import SERVER_TIMESTAMP

        lap = {**LAP, "LapCompleted": number, "StintLap": number, "LapLastLapTime": 90.5 + number, **fields}
        self._collection.document(str(number)).set({**lap, "Updated": SERVER_TIMESTAMP})


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
    client = member(tmp_path, Team(firestore_emulator), firestore_emulator)
    code, output = client.run("follow", "No Such Team@1#2#3", "--once")
    assert code == 1
    assert "teamtactics: nothing stands in No Such Team@1#2#3" in output
    assert client.run("follow", "--once")[0] == 2, "no session was ever followed"


def test_what_stands_in_the_way_is_said(tmp_path: Path) -> None:
    code, output = Client(tmp_path / "no-account").run("follow", SESSION, "--once")
    assert (code, "googleAccessToken" in output) == (2, True), output
    code, output = Client(tmp_path / "no-line", firestore="127.0.0.1:9").run("follow", SESSION, "--once")
    assert (code, output.startswith("teamtactics: ")) == (1, True), output
    assert "Traceback" not in output
