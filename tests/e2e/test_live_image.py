"""A live image, updated by a second process: what arrives in the cloud equals the script's truth."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from e2e.client import PROJECT, TOPIC, Client, until
from e2e.pace import Played, at_the_machines_pace, missed_ticks, queued_s
from e2e.race_process import RaceProcess
from race_sim import truth
from race_sim.compare import differences
from race_sim.named_scripts import script_named
from support.firestore_reader import FirestoreReader

CONTRACT_MESSAGES = {"session", "driver", "pitEnter", "stopMoving", "startMoving", "pitExit", "lap"}


def race_equals_truth(script_name: str, rate: float, folder: Path, firestore: str, kill_after_laps: int = 0) -> Played:
    script = script_named(script_name)
    project = f"{PROJECT}-{folder.parent.name}-{folder.name}".replace("_", "-").lower()
    (member,) = script.members
    folder.mkdir()
    image = folder / "live.dump"
    collection = truth.collection(script, 0)
    with RaceProcess(script_name, image, rate, str(member.customer_id)) as race:
        client = Client(folder / "client", {"simulate": str(image), "messageTopic": TOPIC}, firestore, is_urgent=True)
        client.environment["GOOGLE_CLOUD_PROJECT"] = project
        with client:
            client.wait_for("connected to")
            race.go()
            queued = 0.0
            if kill_after_laps:
                race.until_lap(kill_after_laps)
                time.sleep(1.5)
                queued = queued_s(client)
                client.kill()
                client.start()
            race.until_end()
            expected = truth.laps(script)
            reader = FirestoreReader(firestore, project)
            until(
                lambda: len(reader.laps(collection)) >= len(expected),
                15.0,
                lambda: f"laps {[lap['LapCompleted'] for lap in reader.laps(collection)]}\n{client.log()}",
            )
            queued += queued_s(client)
            code, output = client.stop()

    def judge() -> None:
        assert code == 0, output
        ignored = frozenset({"Gap"} if kill_after_laps else ())
        assert differences(expected, reader.laps(collection), ignored) == [], client.log()
        if not kill_after_laps:
            with client.store() as outbox:
                (session,) = outbox.sessions()
                assert {message.type for message in outbox.messages(session.id)} == CONTRACT_MESSAGES

    return Played(missed_ticks(client.log()), queued, judge)


@pytest.mark.emulator
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_race_with_a_stop_at_60_hz_arrives_as_it_was_driven(tmp_path: Path, firestore_emulator: str) -> None:
    at_the_machines_pace(
        lambda rate, attempt: race_equals_truth("sprint", rate, tmp_path / str(attempt), firestore_emulator), 60.0
    )


@pytest.mark.emulator
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_client_killed_in_mid_lap_and_started_again_loses_and_changes_no_lap(
    tmp_path: Path, firestore_emulator: str
) -> None:
    def play(rate: float, attempt: int) -> Played:
        return race_equals_truth("sprint", rate, tmp_path / str(attempt), firestore_emulator, kill_after_laps=3)

    # Behind the out lap, far from the pits; started again it is back within the same lap, which takes seven seconds so.
    at_the_machines_pace(play, 120.0)
