"""What the admin hands out: key and topic in one file, checked, and no word of the key in any message."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from support.key_file import key_content, secret_pieces, write_key_file
from teamtactics.settings.credentials import CredentialsProblem
from teamtactics.settings.team_file import Handout, keep_key, read_handout


def team_file(path: Path, **content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def refused(path: Path) -> str:
    found = read_handout(path)
    assert isinstance(found, CredentialsProblem)
    assert not any(piece in found.text for piece in secret_pieces())
    return found.text


def taken(path: Path) -> Handout:
    found = read_handout(path)
    assert isinstance(found, Handout), found
    assert not any(piece in repr(found) for piece in secret_pieces())
    return found


@pytest.mark.parametrize("topic", ["laps", "projects/endurance-team/topics/laps"])
def test_key_and_topic_come_out_of_one_file(tmp_path: Path, topic: str) -> None:
    found = taken(team_file(tmp_path / "team.json", key=key_content(), topic=topic))
    assert (found.topic, found.is_team, found.account.project_id) == (topic, True, "endurance-team")
    assert json.loads(found.content) == key_content()


def test_a_team_may_have_no_topic(tmp_path: Path) -> None:
    assert taken(team_file(tmp_path / "team.json", key=key_content())).topic is None


def test_a_bare_key_file_is_taken_as_it_is(tmp_path: Path) -> None:
    path = write_key_file(tmp_path / "key.json")
    found = taken(path)
    assert (found.topic, found.is_team, found.content) == (None, False, path.read_bytes())


def test_a_byte_order_mark_of_a_windows_editor_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "team.json"
    path.write_text(json.dumps({"key": key_content(), "topic": "laps"}), encoding="utf-8-sig")
    assert taken(path).topic == "laps"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"key": key_content(), "topic": "laps", "proxy": "http://evil:1"}, "holds more than key and topic: proxy."),
        ({"key": key_content(), "Topic": "laps"}, "holds more than key and topic: Topic."),
        ({"key": key_content(), **dict.fromkeys(secret_pieces(), 1)}, "holds more than key and topic: …"),
        ({"topic": "laps"}, "its key is missing"),
        ({"key": json.dumps(key_content())}, "its key is missing"),
        ({"key": key_content(private_key=None)}, "lacks private_key"),
        ({"key": key_content(private_key="x")}, "holds a damaged private_key"),
        ({"key": key_content(type="authorized_user")}, "a person's sign-in"),
        ({"key": key_content(), "topic": 7}, "its topic cannot be one of Pub/Sub"),
        ({"key": key_content(), "topic": "my topic"}, "its topic cannot be one of Pub/Sub"),
        (
            {"key": key_content(), "topic": "projects/another/topics/laps"},
            "another project than its key, which is of endurance-team.",
        ),
        ({"installed": {}}, "is an OAuth client"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: dict[str, object], says: str) -> None:
    text = refused(team_file(tmp_path / "team.json", **content))
    assert text.startswith(f"{tmp_path / 'team.json'} ")
    assert says in text


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'"laps"', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_object_is_said(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "team.json").write_bytes(raw)
    assert "Ask your team's admin to send the file again." in refused(tmp_path / "team.json")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none.json")
    assert "is a folder" in refused(tmp_path)


def test_the_key_is_kept_in_a_file_of_its_own_named_after_its_account(tmp_path: Path) -> None:
    handout = taken(team_file(tmp_path / "team.json", key=key_content(), topic="laps"))
    conf = tmp_path / "conf"
    conf.mkdir()
    (conf / "collector.json").write_text("a former key")
    (conf / "collector.json").chmod(0o644)
    assert keep_key(handout, conf) == "collector.json"
    assert json.loads((conf / "collector.json").read_bytes()) == key_content()
    assert [path.name for path in conf.iterdir()] == ["collector.json"]
    if sys.platform != "win32":
        assert stat.S_IMODE((conf / "collector.json").stat().st_mode) == 0o600


def test_a_team_file_that_lies_there_already_stays(tmp_path: Path) -> None:
    path = team_file(tmp_path / "collector.json", key=key_content(), topic="laps")
    before = path.read_bytes()
    assert keep_key(taken(path), tmp_path) == "collector-key.json"
    assert path.read_bytes() == before


@pytest.mark.parametrize("email", ["../../evil@x", "@x", "CON@x", "a b@x"])
def test_a_strange_account_names_no_file(tmp_path: Path, email: str) -> None:
    handout = taken(team_file(tmp_path / "team.json", key=key_content(client_email=email)))
    assert keep_key(handout, tmp_path) == "team-key.json"
