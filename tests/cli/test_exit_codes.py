"""Every command ends alike: the same codes, one name in front of what is wrong, its own usage for its own typos."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.key_file import write_key_file
from teamtactics.cli.console.doors import build_parser
from teamtactics.cli.main import main
from teamtactics.service.app import OUTBOX_NAME, utc_now
from teamtactics.store.store import Outbox

README = Path(__file__).parents[2] / "README.md"
FAILING: dict[str, tuple[str, int, str]] = {
    "run": ("run --headless --config {broken}", 2, "the configuration cannot be used:\n"),
    "quit": ("quit", 1, "it does not run in the tray"),
    "replay": ("replay {folder}/absent.ibt --config {ini}", 2, "absent.ibt"),
    "show": ("show 7 --config {ini}", 1, "nothing is recorded yet"),
    "team": ("team --config {ini}", 1, "nothing is recorded yet"),
    "reconcile": ("reconcile --config {ini}", 1, "nothing is recorded yet"),
    "redo": ("redo --config {ini}", 1, "nothing is recorded yet"),
    "deliver": ("deliver --config {ini}", 1, "nothing is recorded yet"),
    "check": ("check --config {broken}", 1, ""),
    "report": ("report --config {ini} --lap 3", 1, "Nothing is recorded yet"),
    "configure": ("configure --config {ini} --topic 1", 1, "the topic was not taken over"),
    "schema": ("schema nope", 2, "there is no schema 'nope'"),
    "settings": ("settings --config {folder}", 2, "the configuration cannot be used:\n"),
    "demo": ("demo --data {ini}", 2, "is a file"),
    "follow": ("follow team@1#2#3 --config {ini}", 2, "to follow a team the key file"),
}
"""Command → a case that does not end well, its code, and some of what is said; nothing where stdout has it."""


def commands() -> list[str]:
    [chosen] = [action for action in build_parser()._actions if action.dest == "==SUPPRESS=="]
    return list(chosen.choices or ())


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "localhost")
    ini, broken = tmp_path / "teamtactics.ini", tmp_path / "broken.ini"
    ini.write_text("[global]\ndataDir = data\nlogfile = log.txt\n")
    broken.write_text("[global]\ndataDir = data\nlogfile = log.txt\ndebug = perhaps\n")
    return {"ini": ini, "broken": broken, "folder": tmp_path}


def ended(words: list[str]) -> int:
    try:
        return main(words)
    except SystemExit as end:
        assert isinstance(end.code, int)
        return end.code


def test_the_table_has_every_command() -> None:
    assert set(commands()) == set(FAILING)


@pytest.mark.parametrize("command", commands())
def test_a_typo_ends_with_2_and_shows_the_usage_of_its_own_command(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["absent.ibt"] if command == "replay" else []
    assert ended([command, *given, "--lapz"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    usage, _, said = err.rpartition("\nteamtactics: ")
    assert usage.startswith(f"usage: teamtactics {command} [-h]")
    assert said == "unrecognized arguments: --lapz\n"


@pytest.mark.parametrize("command", FAILING)
def test_what_does_not_end_well_has_one_name_in_front_and_its_code(
    command: str, capsys: pytest.CaptureFixture[str], places: dict[str, Path]
) -> None:
    line, code, said = FAILING[command]
    assert ended(line.format(**places).split()) == code
    out, err = capsys.readouterr()
    if not said:
        assert err == ""
        assert "✗ configuration: " in out or "FAIL configuration: " in out
        return
    assert err.startswith("teamtactics: ")
    assert err.count("teamtactics: ") == 1
    assert said in err


@pytest.mark.parametrize("words", [["shwo"], ["--lapz"], ["--lapz", "show"]])
def test_a_typo_before_any_command_shows_the_usage_of_all(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(words) == 2
    err = capsys.readouterr().err
    assert err.startswith("usage: teamtactics [-h] [--version]")
    assert "\nteamtactics: " in err


def test_the_name_does_not_depend_on_the_program_s_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows the console's program is teamtactics-cli.exe."""
    monkeypatch.setattr("sys.argv", [r"C:\Programs\teamtactics-cli.exe", "show", "--lapz"])
    assert ended(["show", "--lapz"]) == 2
    assert "teamtactics-cli" not in capsys.readouterr().err


def test_a_path_may_begin_with_home_and_contain_variables(
    capsys: pytest.CaptureFixture[str], places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACE", str(places["folder"]))
    for written in ("~/teamtactics.ini", "%PLACE%/teamtactics.ini"):
        assert ended(["check", "--config", written]) == 0, capsys.readouterr()
        assert f"configuration: {places['ini']}" in capsys.readouterr().out
    assert ended(["check", "--config", "%NOWHERE%/teamtactics.ini"]) == 2
    assert "teamtactics: argument --config: there is no variable %NOWHERE% in the env" in capsys.readouterr().err


def test_a_path_that_is_there_as_written_is_taken_as_it_is(
    capsys: pytest.CaptureFixture[str], places: dict[str, Path]
) -> None:
    odd = places["ini"].with_name("caf%C3%A9.ini")
    places["ini"].rename(odd)
    assert ended(["check", "--config", str(odd)]) == 0
    assert f"configuration: {odd}" in capsys.readouterr().out


@pytest.mark.parametrize(("option", "code"), [("", 0), ("--strict", 1)])
def test_a_simulator_that_does_not_run_is_no_failure_but_for_strict_scripts(
    option: str, code: int, capsys: pytest.CaptureFixture[str], places: dict[str, Path]
) -> None:
    assert ended(["check", "--config", str(places["ini"]), *option.split()]) == code
    first, *lines, last = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"teamtactics \S+, checked \d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d", first)
    assert any("iRacing: " in line for line in lines)
    assert last.startswith("Nothing is wrong, ")


def test_a_broken_value_does_not_keep_the_clouds_from_being_asked(
    capsys: pytest.CaptureFixture[str], places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:9")
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", "127.0.0.1:9")
    with places["broken"].open("a") as file:
        file.write("messageTopic = laps\ngoogleAccessToken = key.json\n")
    write_key_file(places["folder"] / "key.json", type="authorized_user")
    assert ended(["check", "--config", str(places["broken"])]) == 1
    out = capsys.readouterr().out
    failed = re.findall(r"^(?:✗|FAIL) ([^:]+):", out, re.MULTILINE)
    assert failed == ["configuration", "credentials", "Firestore", "topic"]


def test_the_readme_names_every_code() -> None:
    table = README.read_text(encoding="utf-8").partition("| exit code |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| (\d+) \|", table, re.MULTILINE) == ["0", "1", "2", "4", "130"]


def test_without_a_google_account_there_is_nowhere_to_deliver_to(
    places: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with Outbox.open(places["ini"].parent / "data" / OUTBOX_NAME, utc_now) as outbox:
        outbox.begin_session("team@1#2#3", "t", {}, utc_now())
    assert main(["--config", str(places["ini"]), "deliver"]) == 1
    assert "teamtactics: there is nowhere to deliver to: googleAccessToken is not set" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "mistyped"), [("replay --lokal", "--lokal"), ("--confg x show", "--confg")])
def test_a_typo_is_named_also_where_something_is_missing_because_of_it(
    words: str, mistyped: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(words.split()) == 2
    assert capsys.readouterr().err.endswith(f"teamtactics: unrecognized arguments: {mistyped}\n")
