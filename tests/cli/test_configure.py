"""``teamtactics configure``: the installer's answers in the ini, and nothing else changed."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from support.key_file import SECRET, key_content, write_key_file
from teamtactics.cli.main import main
from teamtactics.settings.load import load_settings

INI = "; my comment\n[global]\nlogfile = my.log\n;debug = on\niracingId = <your number> ; mine\n"


def configure(ini: Path, *answers: str) -> int:
    return main(["configure", "--config", str(ini), *answers])


def test_answers_stand_in_the_ini_and_its_comments_stay(tmp_path: Path) -> None:
    ini = tmp_path / "teamtactics.ini"
    ini.write_text(INI)
    assert configure(ini, "--iracing-id", "4711", "--topic", "laps") == 0
    assert ini.read_text() == INI.replace("<your number>", "4711") + "messageTopic = laps\n"


def test_without_answers_nothing_changes(tmp_path: Path) -> None:
    ini = tmp_path / "teamtactics.ini"
    ini.write_text(INI)
    assert configure(ini) == 0
    assert ini.read_text() == INI


def test_a_new_ini_is_the_shipped_one_with_the_answers_and_its_neighbours_stay(tmp_path: Path) -> None:
    neighbour = tmp_path / "teamtactics.ini"
    neighbour.write_text(INI)
    ini = tmp_path / "other.ini"
    assert configure(ini, "--topic", "laps") == 0
    environment = {"GOOGLE_CLOUD_PROJECT": "p", "PUBSUB_EMULATOR_HOST": "localhost:1"}
    assert load_settings(ini, tmp_path, environment, "linux").cloud.topic_path == "projects/p/topics/laps"
    assert "; teamtactics.ini" in ini.read_text()
    assert neighbour.read_text() == INI


def test_the_key_file_is_copied_beside_the_ini_and_named_without_a_folder(tmp_path: Path) -> None:
    (tmp_path / "Müller; keys").mkdir()
    key = write_key_file(tmp_path / "Müller; keys" / "team ; key.json")
    ini = tmp_path / "conf" / "teamtactics.ini"
    assert configure(ini, "--credentials", str(key)) == 0
    copied = ini.parent / "team ; key.json"
    assert copied.read_bytes() == key.read_bytes()
    credentials = load_settings(ini, tmp_path, {}, "linux").cloud.credentials
    assert credentials is not None
    assert credentials.path == copied
    assert configure(ini, "--credentials", str(copied)) == 0, "the copy may be named again"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode bits")
@pytest.mark.parametrize(("original", "copy"), [(0o644, 0o600), (0o600, 0o600), (0o440, 0o400)])
def test_the_copied_key_is_its_owners_alone_and_has_no_right_that_the_original_lacks(
    original: int, copy: int, tmp_path: Path
) -> None:
    key = write_key_file(tmp_path / "key.json")
    key.chmod(original)
    ini = tmp_path / "conf" / "teamtactics.ini"
    for _again in range(2):
        assert configure(ini, "--credentials", str(key)) == 0
        assert stat.S_IMODE((ini.parent / "key.json").stat().st_mode) == copy


def test_a_file_that_is_no_key_is_not_copied_and_the_other_answers_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = write_key_file(tmp_path / "key.json", type="authorized_user")
    ini = tmp_path / "conf" / "teamtactics.ini"
    assert configure(ini, "--credentials", str(key), "--iracing-id", "4711") == 1
    said = capsys.readouterr().err
    assert "a person's sign-in (gcloud auth), not the key file of a service account" in said
    assert SECRET not in said
    assert [path.name for path in ini.parent.iterdir()] == ["teamtactics.ini"]
    assert "iracingId = 4711\n" in ini.read_text()


@pytest.mark.parametrize("number", ["0", "12a", "-5", "²", "99999999999"])
def test_a_customer_number_has_digits_only(number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        configure(tmp_path / "teamtactics.ini", f"--iracing-id={number}")
    assert "is not an iRacing customer number" in capsys.readouterr().err


def test_a_topic_that_cannot_be_one_is_not_taken_over_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ini = tmp_path / "teamtactics.ini"
    for topic in ("my topic", "laps\nproxy = http://evil:1", "goog-laps", "x", "projects/p/laps"):
        ini.write_text(INI)
        assert configure(ini, "--topic", topic, "--iracing-id", "4711") == 1
        assert "teamtactics: the topic was not taken over: it is not a Pub/Sub topic" in capsys.readouterr().err
        assert ini.read_text() == INI.replace("<your number>", "4711")


def test_what_is_pasted_with_invisible_characters_is_what_the_user_sees(tmp_path: Path) -> None:
    key = write_key_file(tmp_path / "key.json")
    ini = tmp_path / "conf" / "teamtactics.ini"
    assert configure(ini, "--credentials", f'\u202a"{key}"\u202c', "--topic", "\u200blaps\xa0") == 0
    assert "googleAccessToken = key.json\n" in ini.read_text()
    assert "messageTopic = laps\n" in ini.read_text()


def test_answers_go_into_the_section_that_is_read(tmp_path: Path) -> None:
    ini = tmp_path / "teamtactics.ini"
    ini.write_text("[old]\nmessageTopic = former\n[Global]\nlogfile = x.log\n[notes]\niracingId = 1\n")
    assert configure(ini, "--topic", "laps", "--iracing-id", "4711") == 0
    assert load_settings(ini, tmp_path, {}, "linux").iracing_id == 4711
    assert ini.read_text() == (
        "[old]\nmessageTopic = former\n[Global]\nlogfile = x.log\niracingId = 4711\nmessageTopic = laps\n"
        "[notes]\niracingId = 1\n"
    )


def test_a_name_that_the_ini_s_encoding_cannot_hold_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("locale.getencoding", lambda: "cp1252")
    ini = tmp_path / "teamtactics.ini"
    ini.write_bytes("; Jürgen\n[global]\n".encode("cp1252"))
    before = ini.read_bytes()
    assert configure(ini, "--credentials", str(write_key_file(tmp_path / "Łukasz.json"))) == 2
    assert "googleAccessToken — cannot be written in the file's encoding cp1252; save the" in capsys.readouterr().err
    assert ini.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes with a name in a folder")
def test_what_is_no_file_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe"):
        assert configure(place, "--topic", "laps") == 2
        assert f"{place}: is no file" in capsys.readouterr().err
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_team_file_gives_key_and_topic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    team = tmp_path / "team.json"
    team.write_text(json.dumps({"key": key_content(), "topic": "laps"}))
    ini = tmp_path / "conf" / "teamtactics.ini"
    assert configure(ini, "--team", str(team), "--iracing-id", "4711") == 0
    assert SECRET not in "".join(capsys.readouterr())
    settings = load_settings(ini, tmp_path, {}, "linux")
    assert settings.google_access_token == ini.parent / "collector.json"
    assert settings.message_topic == "projects/endurance-team/topics/laps"
    assert settings.iracing_id == 4711


def test_a_team_without_a_topic_takes_the_former_one_out(tmp_path: Path) -> None:
    team = tmp_path / "team.json"
    team.write_text(json.dumps({"key": key_content()}))
    ini = tmp_path / "teamtactics.ini"
    ini.write_text(INI + "messageTopic = laps ; of the old team\n")
    assert configure(ini, "--team", str(team)) == 0
    assert ";messageTopic = laps ; of the old team\ngoogleAccessToken = collector.json\n" in ini.read_text()
    assert configure(ini, "--team", str(team), "--topic", "own") == 0
    assert load_settings(ini, tmp_path, {}, "linux").message_topic == "projects/endurance-team/topics/own"


def test_a_bare_key_file_is_taken_as_a_team_file_too_and_leaves_the_topic(tmp_path: Path) -> None:
    ini = tmp_path / "teamtactics.ini"
    ini.write_text(INI + "messageTopic = laps\n")
    assert configure(ini, "--team", str(write_key_file(tmp_path / "key.json"))) == 0
    assert load_settings(ini, tmp_path, {}, "linux").message_topic == "projects/endurance-team/topics/laps"


def test_a_team_file_that_cannot_be_used_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    team = tmp_path / "team.json"
    team.write_text(json.dumps({"key": key_content(), "topic": "laps", "debug": "on"}))
    ini = tmp_path / "conf" / "teamtactics.ini"
    ini.parent.mkdir()
    ini.write_text(INI)
    assert configure(ini, "--team", str(team)) == 1
    assert "holds more than key and topic: debug" in capsys.readouterr().err
    assert ini.read_text() == INI
    assert [path.name for path in ini.parent.iterdir()] == ["teamtactics.ini"]


def test_of_what_was_refused_alone_nothing_is_said_to_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ini, bad = tmp_path / "teamtactics.ini", tmp_path / "team.json"
    ini.write_text(INI)
    bad.write_text("{}")
    assert configure(ini, "--team", str(bad)) == 1
    said = capsys.readouterr()
    assert "not taken over" in said.err
    assert said.out == ""
    assert ini.read_text() == INI


def test_a_full_disk_is_named_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ini = tmp_path / "teamtactics.ini"
    ini.write_text(INI)

    def full(path: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr("teamtactics.cli.configure.replace_file", full)
    assert configure(ini, "--topic", "laps") == 2
    assert "(No space left on device); make room on its drive" in capsys.readouterr().err
    assert ini.read_text() == INI
