"""The network drops in the race and comes back: the backlog goes out in order, the newest state last."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.client import PROJECT, TOPIC, Client, until
from e2e.pace import Played, at_the_machines_pace, missed_ticks, queued_s
from e2e.race_process import RaceProcess
from race_sim import truth
from race_sim.compare import differences
from race_sim.named_scripts import script_named
from support.firestore_reader import FirestoreReader
from support.relay import Relay


@pytest.mark.emulator
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("fault", ["refuse", "stall"])
def test_laps_of_an_outage_arrive_afterwards_and_the_log_says_both(
    fault: str, tmp_path: Path, firestore_emulator: str
) -> None:
    at_the_machines_pace(
        lambda rate, attempt: race_with_outage(fault, rate, tmp_path / str(attempt), firestore_emulator), 240.0
    )


def race_with_outage(fault: str, rate: float, folder: Path, firestore: str) -> Played:
    script = script_named("sprint")
    (member,) = script.members
    folder.mkdir()
    project = f"{PROJECT}-outage-{fault}-{folder.name}"
    collection = truth.collection(script, 0)
    reader = FirestoreReader(firestore, project)
    image = folder / "live.dump"
    with Relay(firestore) as relay, RaceProcess("sprint", image, rate, str(member.customer_id)) as race:
        client = Client(
            folder / "client", {"simulate": str(image), "messageTopic": TOPIC}, relay.address, is_urgent=True
        )
        client.environment["GOOGLE_CLOUD_PROJECT"] = project
        with client:
            client.wait_for("connected to")
            race.go()
            race.until_lap(1)
            until(lambda: len(reader.laps(collection)) == 1, 30.0, client.log)
            getattr(relay, fault)()
            race.until_lap(3)
            recorded = len(reader.laps(collection))
            race.until_end()
            relay.heal()
            expected = truth.laps(script)
            until(lambda: len(reader.laps(collection)) == len(expected), 60.0, client.log)
            until(
                lambda: reader.documents(collection)["state"]["LapCompleted"] == expected[-1]["LapCompleted"],
                10.0,
                client.log,
            )
            queued = queued_s(client)
            code, output = client.stop()

    def judge() -> None:
        assert code == 0, output
        assert recorded == 1, "nothing gets through a broken line"
        assert differences(expected, reader.laps(collection)) == []
        log = client.log()
        assert "All is kept and tried again by itself" in log
        assert "delivering again after" in log

    return Played(missed_ticks(client.log()), queued, judge)
