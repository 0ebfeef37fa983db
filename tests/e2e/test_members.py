"""Who is there, with real clients on one Firestore: appears, ages, goes; and the next driver who has no client."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from e2e.client import utc_now
from e2e.members import OLDER, OLDER_PROGRAM, client_of, image_of, lines_of, until_listed
from e2e.stage import Stage
from race_sim import truth
from race_sim.named_scripts import ADA, BEN, CLEO
from race_sim.team_script import race
from support.firestore_reader import FirestoreReader
from teamtactics import __version__
from teamtactics.cli.show import show_team
from teamtactics.contract.member import member_id
from teamtactics.team.members import GONE_S

pytestmark = [pytest.mark.emulator, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture
def project(tmp_path: Path) -> str:
    """A project of the test's own."""
    return f"members-{tmp_path.parent.name}-{tmp_path.name}".replace("_", "-").lower()[:60]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Ends what was begun, whatever happens."""
    with ExitStack() as made:
        yield made


def test_members_appear_with_what_is_wrong_age_go_and_are_there_again(
    tmp_path: Path, stack: ExitStack, firestore_emulator: str, project: str
) -> None:
    """Ben runs another version, Cleo's simulator writes another encoding; Ben's client is killed."""
    script = race(laps=60, fuel_l=100.0)
    collection = truth.collection(script, 0)
    stage = stack.enter_context(Stage(script, tmp_path / "images", {}, image_of(CLEO)))
    ada, ben, cleo = (client_of(one, stage, tmp_path, firestore_emulator, project) for one in (ADA, BEN, CLEO))
    ben.program = OLDER_PROGRAM
    # Whoever has never been in the car has no name: the simulator tells it with the driver's only.
    ben_is, cleo_is = (member_id(one.customer_id) for one in (BEN, CLEO))
    stage.go()
    for client in (ada, ben):
        stack.enter_context(client)
    until_listed(ada, ben_is, OLDER, f"Runs teamtactics {OLDER}, this is {__version__}.")
    assert until_listed(ada, "Ada Falk", __version__, " yes").endswith(" yes"), "nothing is wrong here"
    until_listed(ben, "Ada Falk", f"Runs teamtactics {__version__}, this is {OLDER}.", " yes")
    until_listed(ada, "Team", "Team: 1 of 2 ready")
    ada.wait_for(f"{ben_is} is there, but not ready: Runs teamtactics {OLDER}, this is {__version__}.")

    ben.kill()
    reader = FirestoreReader(firestore_emulator, project)
    documents = reader.documents(collection)
    assert documents[member_id(BEN.customer_id)]["ClientVersion"] == OLDER
    assert documents[member_id(ADA.customer_id)]["Check"] == "ok"
    code, output = ada.stop()
    assert code == 0, output
    # His last word as it would stand there had he been killed that long ago; who comes now reads it so.
    last = reader.client.collection(collection).document(member_id(BEN.customer_id))
    last.set({**last.get().to_dict(), "Updated": utc_now() - timedelta(seconds=GONE_S + 60.0)})
    stack.enter_context(cleo)
    until_listed(cleo, ben_is, "12 min ago", "gone: its teamtactics has ended or is offline")
    until_listed(cleo, "Ada Falk", "Reads names as ISO-8859-1, this PC as UTF-8")
    until_listed(cleo, cleo_is, __version__)
    cleo.wait_for(f"{ben_is} is not there: his teamtactics has ended or is offline", 30.0)

    ben.start()
    assert "gone" not in until_listed(cleo, ben_is, f"Runs teamtactics {OLDER}, this is {__version__}.")
    cleo.wait_for(f"{ben_is} is there, but not ready: Runs teamtactics {OLDER}, this is {__version__}.", 30.0)
    ada.start()
    until_listed(ada, cleo_is, "Reads names as UTF-8, this PC as ISO-8859-1")
    assert set(lines_of(ada)) >= {"Team", "Ada Falk", ben_is, cleo_is}

    with ada.store() as outbox:
        later = io.StringIO()
        assert show_team(outbox, None, utc_now() + timedelta(seconds=GONE_S + 1.0), later) == 0
    assert "Team: 0 of 3 ready" in later.getvalue(), "eleven minutes without a word from anybody"
    assert later.getvalue().count("gone: its teamtactics has ended or is offline") == 3
