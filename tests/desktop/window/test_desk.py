"""What the buttons of the settings window do, without a window."""

from __future__ import annotations

import json
import stat
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from support.key_file import key_content, secret_pieces, write_key_file
from teamtactics import language
from teamtactics.desktop.window.desk import Desk, Line
from teamtactics.desktop.window.form import Fields, fields_of, path_of
from teamtactics.settings.load import load_settings

INI = "; mine\r\n[global]\r\nmessageTopic = laps ; ours\r\niracingId = 4711\r\ndataDir = data\r\n"
TESTED = Line(True, "all is well")


class Paper:
    """A window that remembers."""

    def __init__(self) -> None:
        self.fields = Fields()
        self.lines: Sequence[Line] = ()
        self.is_busy = self.is_closed = False

    def read(self) -> Fields:
        return self.fields

    def fill(self, fields: Fields) -> None:
        self.fields = fields

    def tell(self, lines: Sequence[Line]) -> None:
        self.lines = lines

    def set_busy(self, is_busy: bool) -> None:
        self.is_busy = is_busy

    def close(self) -> None:
        self.is_closed = True

    def type(self, **fields: str) -> None:
        self.fields = replace(self.fields, **fields)

    @property
    def text(self) -> str:
        text = "\n".join(map(str, self.lines))
        assert not any(piece in text for piece in secret_pieces())
        return text


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    language.use("en")
    yield
    language.use("en")


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    path = tmp_path / "conf" / "teamtactics.ini"
    path.parent.mkdir()
    path.write_bytes(INI.encode())
    return path


@pytest.fixture
def team(tmp_path: Path) -> Path:
    path = tmp_path / "team.json"
    path.write_text(json.dumps({"key": key_content(), "topic": "of-the-team"}))
    return path


def desk_at(ini: Path, check: Callable[[Path], Sequence[Line]] = lambda _: [TESTED]) -> tuple[Desk, Paper]:
    desk, paper = Desk(ini, None, check), Paper()
    desk.begin(paper)
    return desk, paper


def finish(desk: Desk, paper: Paper) -> None:
    """Wait for the test that runs, as the window's clock does."""
    for thread in threading.enumerate():
        if thread.name == "test":
            thread.join(10.0)
    desk.tick()
    assert not paper.is_busy


def test_the_window_begins_with_what_the_ini_says(ini: Path) -> None:
    _, paper = desk_at(ini)
    assert replace(paper.fields, autostart=None) == Fields("", "laps", "4711", language.SYSTEM)
    assert fields_of(INI.encode() + b"language = DE\n").language == "de"
    assert fields_of(INI.encode() + b"language = klingon\n").language == language.SYSTEM


def test_saved_untouched_the_ini_stays_as_it_is_byte_for_byte(ini: Path) -> None:
    desk, _ = desk_at(ini)
    desk.save()
    assert ini.read_bytes() == INI.encode()


def test_a_team_file_that_is_dropped_fills_key_and_topic_and_is_kept_when_saved(ini: Path, team: Path) -> None:
    desk, paper = desk_at(ini)
    desk.take(f'"{team}"')
    assert (paper.fields.key_file, paper.fields.topic) == (str(team), "of-the-team")
    assert paper.text == (
        "✓ team.json: account collector@endurance-team.iam.gserviceaccount.com, project endurance-team"
    )
    assert ini.read_bytes() == INI.encode(), "nothing is written before it is saved"
    desk.save()
    assert paper.text == f"✓ Saved in {ini}. A running teamtactics takes it over by itself."
    assert paper.fields.key_file == "collector.json"
    assert "messageTopic = of-the-team ; ours\r\n" in ini.read_bytes().decode()
    settings = load_settings(ini, ini, {}, "linux")
    assert settings.google_access_token == ini.parent / "collector.json"
    assert settings.message_topic == "projects/endurance-team/topics/of-the-team"
    if sys.platform != "win32":
        assert stat.S_IMODE((ini.parent / "collector.json").stat().st_mode) == 0o600
    before = ini.read_bytes()
    desk.save()
    assert ini.read_bytes() == before


@pytest.mark.parametrize("spelled", ["{}", ' "{}"\n', "file://{}", "\u202a{}"])
def test_a_path_that_is_pasted_is_taken_as_if_it_were_dropped(ini: Path, team: Path, spelled: str) -> None:
    desk, paper = desk_at(ini)
    paper.type(key_file=spelled.format(team))
    desk.save()
    assert paper.fields.topic == "of-the-team"
    assert "googleAccessToken = collector.json\r\n" in ini.read_bytes().decode()


def test_a_home_is_written_as_people_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("USERPROFILE", "/home/ada")
    assert path_of("~/team.json") == Path("/home/ada/team.json")


def test_the_topic_can_be_changed_after_the_file_was_taken(ini: Path, team: Path) -> None:
    desk, paper = desk_at(ini)
    desk.take(str(team))
    paper.type(topic="another")
    desk.save()
    assert load_settings(ini, ini, {}, "linux").message_topic == "projects/endurance-team/topics/another"


def test_a_bare_key_file_leaves_the_topic(ini: Path, tmp_path: Path) -> None:
    desk, paper = desk_at(ini)
    desk.take(str(write_key_file(tmp_path / "my key.json")))
    assert paper.fields.topic == "laps"
    desk.save()
    assert (ini.parent / "my key.json").exists()


def test_what_is_emptied_is_taken_out(ini: Path) -> None:
    desk, paper = desk_at(ini)
    paper.type(topic="", iracing_id=" ")
    desk.save()
    assert ";messageTopic = laps ; ours\r\n;iracingId = 4711\r\n" in ini.read_bytes().decode()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("topic", "my topic", "✗ This cannot be a topic."),
        ("iracing_id", "me", "✗ An iRacing number has digits only"),
        ("key_file", "none.json", "none.json does not exist"),
    ],
)
def test_a_mistake_is_said_and_nothing_is_written_or_tested(ini: Path, field: str, value: str, says: str) -> None:
    desk, paper = desk_at(ini)
    paper.type(**{"topic": "good-topic", field: value})
    for press in (desk.save, desk.test):
        press()
        assert says in paper.text
        assert not paper.is_busy
    assert [path.name for path in ini.parent.iterdir()] == ["teamtactics.ini"]
    assert ini.read_bytes() == INI.encode()


def test_what_was_wrong_before_and_stays_wrong_is_said_with_what_was_saved(ini: Path) -> None:
    ini.write_text("[global]\ngoogleAccessToken = gone.json\niracingId = abc\nlanguage = en\n")
    desk, paper = desk_at(ini)
    paper.type(topic="laps")
    desk.save()
    saved, *wrong = paper.lines
    assert (saved.ok, [line.ok for line in wrong]) == (True, [False, False])
    assert "messageTopic = laps" in ini.read_text()
    assert "gone.json" in wrong[0].text
    assert f"{ini}:3: iracingId = abc" in wrong[1].text
    paper.type(key_file="", iracing_id="")
    desk.save()
    assert [line.ok for line in paper.lines] == [True]


def test_a_wrong_file_is_not_taken_and_says_why(ini: Path, tmp_path: Path) -> None:
    desk, paper = desk_at(ini)
    (tmp_path / "team.json").write_text(json.dumps({"key": key_content(private_key=None), "topic": "laps"}))
    desk.take(str(tmp_path / "team.json"))
    assert "lacks private_key" in paper.text
    desk.save()
    assert ini.read_bytes() == INI.encode()


def test_the_test_checks_what_stands_in_the_window_and_leaves_nothing(ini: Path, team: Path) -> None:
    seen: list[Path] = []

    def check(tried: Path) -> Sequence[Line]:
        settings = load_settings(tried, tried, {}, "linux")
        assert settings.google_access_token is not None
        if sys.platform != "win32":
            assert stat.S_IMODE(settings.google_access_token.stat().st_mode) == 0o600
        assert settings.message_topic == "projects/endurance-team/topics/of-the-team"
        assert settings.data_dir == ini.parent / "data"
        seen.extend([tried, settings.google_access_token])
        return [Line(True, f"configuration: {tried}"), Line(False, f"credentials: {settings.google_access_token}")]

    desk, paper = desk_at(ini, check)
    desk.take(str(team))
    desk.test()
    assert paper.is_busy
    assert paper.text.startswith("– Testing")
    finish(desk, paper)
    assert paper.text == f"✓ configuration: {ini}\n✗ credentials: {team}"
    assert [path for path in seen if path.exists()] == []
    assert [path.name for path in ini.parent.iterdir()] == ["teamtactics.ini"]
    assert ini.read_bytes() == INI.encode()


@pytest.mark.parametrize("error", [OSError("no disk"), RuntimeError("a mistake of ours")])
def test_a_test_that_breaks_says_so_and_can_be_begun_again(ini: Path, error: Exception) -> None:
    def check(_: Path) -> Sequence[Line]:
        raise error

    desk, paper = desk_at(ini, check)
    for _ in range(2):
        desk.test()
        finish(desk, paper)
        assert str(error) in paper.text
    assert [path.name for path in ini.parent.iterdir()] == ["teamtactics.ini"]


def test_without_an_ini_one_is_made_with_its_comments(tmp_path: Path, team: Path) -> None:
    ini = tmp_path / "new" / "teamtactics.ini"
    desk, paper = desk_at(ini)
    assert replace(paper.fields, autostart=None) == Fields()
    desk.take(str(team))
    desk.save()
    text = ini.read_text("utf-8")
    assert "; teamtactics.ini - the settings" in text
    assert "googleAccessToken = collector.json\n" in text
    assert "messageTopic = of-the-team\n" in text


def test_another_language_shows_the_window_again_in_it(ini: Path) -> None:
    desk, paper = desk_at(ini)
    paper.type(language="de")
    desk.save()
    assert (paper.is_closed, desk.is_again) == (True, True)
    assert "language = de\r\n" in ini.read_bytes().decode()
    language.use("de")
    desk.say_saved()
    second = Paper()
    desk.begin(second)
    assert second.text.startswith("✓ Gespeichert")
    assert second.fields.language == "de"
    second.type(language=language.SYSTEM)
    desk.save()
    assert ";language = de\r\n" in ini.read_bytes().decode()


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    desk, paper = desk_at(tmp_path / "file" / "teamtactics.ini")
    for press, wait in ((desk.save, False), (desk.test, True), (desk.open_file, False)):
        press()
        if wait:
            finish(desk, paper)
        assert paper.text.startswith("✗ ")
