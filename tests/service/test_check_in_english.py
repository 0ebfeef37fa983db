"""What the team is told of this client is English, whatever its user reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.tray_client import Simulator, TrayClient, in_the_race
from teamtactics import language
from teamtactics.errors import ConfigError, Problem
from teamtactics.language import Said, local
from teamtactics.model.status import CHECK_OK, Member, SinkState, SinkStatus
from teamtactics.service import app as app_module
from teamtactics.service.board import sink_need
from teamtactics.service.configuration import Holds, config_need
from teamtactics.service.supervision import store_is_silent
from teamtactics.tray.words import needs_line


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    language.use("de")
    yield
    language.use(language.SOURCE)


@pytest.mark.slow
def test_a_german_client_tells_an_english_check_and_shows_a_german_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = Simulator(in_the_race)
    client = TrayClient(tmp_path / "client", monkeypatch, simulator)
    ini = client.folder / "teamtactics.ini"
    told: list[Member] = []
    own_member = app_module.own_member

    def spy(*args: Any) -> Member | None:
        member = own_member(*args)
        told.extend([] if member is None else [member])
        return member

    monkeypatch.setattr(app_module, "own_member", spy)
    ini.write_text(f"{ini.read_text()}language = de\n")

    def play(client: TrayClient) -> None:
        client.until(lambda: any(member.check == CHECK_OK for member in told), "all is well")
        ini.write_text(f"{ini.read_text()}iracingId = me\n")
        client.until(lambda: any(member.check != CHECK_OK for member in told), "something is wrong")
        client.until(lambda: bool(client.commands.status().needs), "it is shown")
        line = needs_line(client.commands.status())
        assert line is not None and line.startswith("Braucht dich: Die bisherigen Einstellungen gelten weiter."), line
        simulator.open_gate()

    client.run(play)
    checks = {member.check for member in told} - {CHECK_OK}
    assert len(checks) == 1
    check = checks.pop()
    assert check.startswith("The former settings go on. teamtactics.ini line 7, iracingId: is not an iRacing customer")


def test_a_mistake_in_the_settings_is_cut_in_both_languages() -> None:
    message = Said("is a folder; name a file in it, e.g. {example}", example="x")
    error = ConfigError([Problem("/a/team.ini", 3, "logfile", "x", message), Problem("b", None, None, None, "and")])
    need = config_need(error, Holds.THE_REST, keeps_laps_here=False)
    assert need == (
        "All other settings are in force. team.ini line 3, logfile: is a folder (1 more mistake). "
        "Correct it and save the file."
    )
    assert local(need) == (
        "Alle anderen Einstellungen gelten. team.ini Zeile 3, logfile: ist ein Ordner (1 weiterer Fehler). "
        "Berichtige es und speichere die Datei."
    )


def test_a_server_that_refuses_says_why_in_both_languages() -> None:
    why = Said("{place} answers", place="{x} (why: because)")
    sink = SinkStatus(
        "firestore", SinkState.REFUSED, problem=why, hint=Said("Give the account the role {role}.", role="r")
    )
    need = sink_need(sink, [sink])
    assert need.startswith("Your laps stay on this PC. Firestore does not take them: ")
    assert need.endswith(" Give the account the role r.")
    shown = local(need)
    assert shown.startswith("Deine Runden bleiben auf diesem PC. Firestore nimmt sie nicht: ")
    assert shown.endswith(" Gib dem Konto die Rolle r.")


def test_a_store_that_is_silent_is_said_in_both_languages() -> None:
    need = store_is_silent()
    assert need.startswith("What is recorded waits")
    assert local(need).startswith("Was aufgezeichnet wird, wartet")
