"""`teamtactics deliver`: what waits goes out without the tray, what was refused for good when it is asked for."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from support.cloud_parcels import info, lap
from support.relay import Relay
from teamtactics.cli.main import main
from teamtactics.desktop.single_instance import SingleInstance
from teamtactics.model.parcel import FIRESTORE
from teamtactics.reports.parked import RETRY_PARKED
from teamtactics.service.app import OUTBOX_NAME, utc_now
from teamtactics.store.store import Outbox

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(60)]


@pytest.fixture
def ini(tmp_path: Path, firestore_emulator: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with a Firestore, and a store in which one lap of two is parked."""
    for name, value in (
        ("FIRESTORE_EMULATOR_HOST", firestore_emulator),
        ("GOOGLE_CLOUD_PROJECT", "deliver"),
        ("HOME", str(tmp_path)),
        ("XDG_RUNTIME_DIR", str(tmp_path)),
        ("LOCALAPPDATA", str(tmp_path)),
    ):
        monkeypatch.setenv(name, value)
    path = tmp_path / "teamtactics.ini"
    path.write_text("[global]\ndataDir = data\n")
    (tmp_path / "data").mkdir()
    with Outbox.open(tmp_path / "data" / OUTBOX_NAME, utc_now) as outbox:
        session = outbox.begin_session(str(tmp_path), "t", {}, utc_now())
        parcels = [info("deliver"), lap("deliver", 1), lap("deliver", 2)]
        outbox.append(session.id, parcels, checkpoint=None, session_time_s=0.0, utc=utc_now())
        outbox.park(FIRESTORE, 2, "malformed")
    return path


def test_what_is_parked_is_told_and_goes_out_when_it_is_asked_for(
    ini: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", str(ini), "deliver"]) == 1
    said = capsys.readouterr().out
    assert "Firestore: 2 delivered (0 had been parked), 0 wait, 1 refused for good" in said
    assert "1 lap does not reach Firestore. It was refused for good: malformed." in said
    assert main(["--config", str(ini), "deliver", "--parked"]) == 0
    assert "Firestore: 1 delivered (1 had been parked), 0 wait, 0 refused for good" in capsys.readouterr().out


def test_a_running_tray_is_asked_because_the_store_has_one_writer(
    ini: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def answer(word: str) -> str:
        asked.append(word)
        return "The running teamtactics tries 1 parked items again."

    tray = SingleInstance(os.environ)
    tray.listen(answer)
    try:
        assert main(["--config", str(ini), "deliver", "--parked"]) == 0
        assert main(["--config", str(ini), "deliver"]) == 0
    finally:
        tray.close()
    assert asked == [RETRY_PARKED]
    assert capsys.readouterr().out.splitlines() == [
        "The running teamtactics tries 1 parked items again.",
        "teamtactics runs in the tray and delivers by itself.",
    ]
    with Outbox.open(ini.parent / "data" / OUTBOX_NAME, utc_now) as outbox:
        assert outbox.counts().sinks[FIRESTORE].parked == 1


def test_without_a_store_there_is_nothing_to_deliver(ini: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (ini.parent / "data" / OUTBOX_NAME).unlink()
    assert main(["--config", str(ini), "deliver"]) == 1
    assert "teamtactics: nothing is recorded yet" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", ["thin", "cut"])
def test_a_line_that_fails_once_is_tried_again_with_less(
    fault: str, ini: Path, firestore_emulator: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Outbox.open(ini.parent / "data" / OUTBOX_NAME, utc_now) as outbox:
        laps = [lap("deliver", number) for number in range(3, 33)]
        outbox.append(1, laps, checkpoint=None, session_time_s=0.0, utc=utc_now())
    with Relay(firestore_emulator) as relay:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", relay.address)
        if fault == "thin":
            relay.thin(1_000.0)
        else:
            relay.refuse()
            threading.Timer(2.0, relay.heal).start()
        main(["--config", str(ini), "deliver"])
    assert "0 wait, 1 refused for good" in capsys.readouterr().out
