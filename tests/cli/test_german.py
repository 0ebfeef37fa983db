"""The commands in German: chosen by the ini, or by the system's language where no ini can be read yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.test_exit_codes import FAILING, commands, ended, places
from cli.test_follow import SESSION, Team
from e2e.client import Client
from e2e.test_recordings import LANGLEY
from teamtactics import language
from teamtactics.cli.main import main
from teamtactics.service.app import OUTBOX_NAME, utc_now
from teamtactics.store.store import Outbox

__all__ = ["places"]

ENGLISH = re.compile(
    r"\b(usage|options|argument|arguments|the|and|is|are|of|with|without|not|this|there|it|nothing|cannot|give|name"
    r"|file|folder|laps?|used|written|recorded|shown?|print|wait)\b"
)
"""Words that no German sentence has; what is data (paths, keys, commands in quotes) is cut out before."""


def english_in(text: str, *data: object) -> list[str]:
    for each in data:
        text = text.replace(str(each), "")
    text = re.sub(r"'[^']*'|--\w+|teamtactics (show|check|replay|follow)\b|\brun, .*|\b(show|info, lap),? .*", "", text)
    text = re.sub(r"^ {4}\w+ {2,}|^(Aufruf|usage): .*(\n {10,}.*)*", "", text, flags=re.MULTILINE)
    return ENGLISH.findall(text)


@pytest.fixture(autouse=True)
def german(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    yield
    language.use(language.SOURCE)


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("words", [["--help"], *([command, "--help"] for command in commands())], ids=" ".join)
def test_the_help_is_german(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ended(words) == 0
    said = capsys.readouterr().out
    assert said.startswith("Aufruf: teamtactics")
    assert "\nOptionen:\n" in said
    assert english_in(said) == []
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    ended(words)
    assert english_in(capsys.readouterr().out) != [], "what is looked for is there in English"


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("replay", "es fehlt: Aufzeichnung"),
        ("shwo", "Argument BEFEHL: 'shwo' gibt es nicht"),
        ("show --lapz", "unbekannte Argumente: --lapz"),
        ("show --json --csv", "Argument --csv: geht nicht zusammen mit --json"),
        ("show --excel --json", "--excel ist eine Art von --csv"),
        ("report --lap", "Argument --lap: braucht einen Wert"),
        ("report --lap -1", "Argument --lap: '-1' ist keine Runde"),
        ("demo --laps x", "Argument --laps: 'x' ist keine Rundenzahl"),
        ("demo --speed x", "Argument --speed: 'x' ist kein Tempo"),
        ("replay x --from y", "Argument --from: 'y' ist kein Zeitpunkt"),
        ("configure --iracing-id a", "Argument --iracing-id: 'a' ist keine iRacing-Kundennummer"),
        ("schema nope", "es gibt kein Schema 'nope'"),
        ("check --config %NOWHERE%/a", "Argument --config: es gibt keine Umgebungsvariable %NOWHERE%"),
    ],
)
def test_what_is_wrong_with_the_command_line_is_german(
    line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(line.split()) == 2
    err = capsys.readouterr().err
    assert f"teamtactics: {said}" in err
    assert english_in(err) == []


@pytest.mark.parametrize("command", FAILING)
def test_what_does_not_end_well_is_german(
    command: str, capsys: pytest.CaptureFixture[str], places: dict[str, Path]
) -> None:
    line, code, _said = FAILING[command]
    assert ended(line.format(**places).split()) == code
    out, err = capsys.readouterr()
    assert out + err != ""
    assert english_in(out + err, *places.values()) == []


def test_the_ini_goes_before_the_system_also_for_the_help(
    capsys: pytest.CaptureFixture[str], places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ini = places["ini"]
    ini.write_text("[global]\nlanguage = en\n")
    for words in (["--config", str(ini), "show", "--help"], ["show", f"--config={ini}", "--help"]):
        assert ended(words) == 0
        assert capsys.readouterr().out.startswith("usage: teamtactics show")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    ini.write_text("[global]\nlanguage = de\n")
    assert ended(["--config", str(ini), "show", "--help"]) == 0
    assert capsys.readouterr().out.startswith("Aufruf: teamtactics show")
    assert ended(["show", "--config", str(ini), "a", "b"]) == 2
    assert "unbekannte Argumente: b" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"[global]\nlanguage = fr\n", b"\xff\xfe\x00", None])
def test_of_an_ini_that_names_no_language_the_system_decides(
    content: bytes | None, capsys: pytest.CaptureFixture[str], places: dict[str, Path]
) -> None:
    ini = places["folder"] / "other.ini"
    if content is not None:
        ini.write_bytes(content)
    assert ended(["--config", str(ini), "show", "--help"]) == 0
    assert capsys.readouterr().out.startswith("Aufruf: teamtactics show")


def test_a_store_that_another_holds_is_told_in_german(
    capsys: pytest.CaptureFixture[str], places: dict[str, Path]
) -> None:
    data = places["folder"] / "data"
    with Outbox.own(data / OUTBOX_NAME, utc_now, "teamtactics run") as held:
        held.claim()
        held.begin_session("team@1#2#3", "t", {}, utc_now())
        assert ended(["deliver", "--config", str(places["ini"])]) == 2
    err = capsys.readouterr().err
    assert "wird gerade von teamtactics run (process " in err
    assert english_in(err, data) == []
    (data / OUTBOX_NAME).write_bytes(b"no database at all")
    assert ended(["show", "--config", str(places["ini"])]) == 2
    assert "ist beschädigt (es ist keine SQLite-Datei)" in capsys.readouterr().err


def test_the_demo_tells_its_race_in_german(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--laps", "4", "--speed", "max"]) == 0
    out = capsys.readouterr().out
    assert "Ada Falk und Ben Ruiz" in out
    assert re.search(r"^Runde 1 \(1/1\) .*, Sprit [0-9.]+ L, verbraucht [0-9.]+ L", out, re.MULTILINE)
    assert re.search(r"^Boxeneinfahrt: Ada Falk, ", out, re.MULTILINE)
    assert english_in(out) == []


@pytest.mark.recording
def test_a_replay_that_is_only_tried_is_told_in_german(shared_data: Path, tmp_path: Path) -> None:
    client = Client(tmp_path, {"language": "de"})
    recording = shared_data / LANGLEY.format("14-48-39")
    code, output = client.run("replay", str(recording), "--local")
    assert code == 0, output
    assert f"{recording.name}: Runden " in output
    assert "Nichts davon wurde aufgehoben, und nichts hat diesen PC verlassen." in output
    assert english_in(output, recording.name) == []


@pytest.mark.emulator
def test_who_reads_along_and_delivers_is_told_in_german(tmp_path: Path, firestore_emulator: str) -> None:
    team = Team(firestore_emulator)
    client = Client(tmp_path, {"language": "de"}, firestore=firestore_emulator)
    client.environment["GOOGLE_CLOUD_PROJECT"] = team.project
    code, output = client.run("follow", "--once")
    assert (code, english_in(output)) == (1, [])
    assert output.startswith("teamtactics: noch steht dort keine Session eines Teams: ")
    team.tells(1)
    code, output = client.run("follow", SESSION, "--once")
    assert (code, english_in(output, SESSION)) == (0, [])
    code, output = client.run("redo")
    assert (code, "es ist noch nichts aufgezeichnet: " in output) == (1, True)
    with Outbox.open(tmp_path / "data" / OUTBOX_NAME, utc_now) as outbox:
        outbox.begin_session(SESSION, "t", {}, utc_now())
    code, output = client.run("redo", "last")
    assert (code, english_in(output, tmp_path)) == (1, [])
    assert "gibt es kein Band davon" in output
    code, output = client.run("deliver")
    assert code == 0
    assert "Firestore: 0 übermittelt (0 waren zurückgestellt), 0 warten, 0 endgültig abgelehnt" in output
