"""From the file and the environment to Settings, or to every mistake at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.key_file import secret_pieces, write_key_file
from teamtactics.errors import ConfigError, Problem
from teamtactics.language import use
from teamtactics.settings.ini import KEYS, MAX_BYTES
from teamtactics.settings.load import LOCAL_PROJECT, load_settings
from teamtactics.settings.places import literal
from teamtactics.settings.settings import Settings, Unsound


class Machine:
    """A program folder, a home and an environment, in a folder of the test."""

    def __init__(self, root: Path) -> None:
        self.program = root / "program"
        self.home = root / "home"
        self.program.mkdir()
        self.home.mkdir()
        self.env = {"HOME": str(self.home)}
        self.ini = self.program / "teamtactics.ini"

    def load(self, *lines: str, config: Path | None = None) -> Settings:
        if lines:
            self.ini.write_text("\n".join(["[global]", *lines]), encoding="utf-8")
        return load_settings(config, self.program, self.env, "linux")

    def problems(self, *lines: str, config: Path | None = None) -> tuple[Problem, ...]:
        with pytest.raises(ConfigError) as caught:
            self.load(*lines, config=config)
        return caught.value.problems

    def problem(self, *lines: str, config: Path | None = None) -> Problem:
        [problem] = self.problems(*lines, config=config)
        return problem


@pytest.fixture
def pc(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_any_ini_everything_works_locally_and_a_warning_says_where_was_looked(pc: Machine) -> None:
    found = pc.load()
    assert found.ini_path is None
    assert found.data_dir == pc.home / ".local/share/teamtactics"
    assert found.logfile == found.data_dir / "irtactics.log"
    assert (found.debug, found.simulate, found.state_interval_s) == (False, None, 30.0)
    assert not found.cloud.firestore_configured
    assert not found.cloud.pubsub_configured
    [warning] = found.warnings
    assert warning.is_warning
    assert str(pc.ini) in warning.message
    assert str(pc.home / ".config/teamtactics/teamtactics.ini") in warning.message


def test_nothing_is_written_or_made(pc: Machine) -> None:
    pc.load("dataDir = later", "logfile = logs/a.log")
    assert sorted(path.name for path in pc.program.iterdir()) == ["teamtactics.ini"]
    assert list(pc.home.iterdir()) == []


def test_the_order_is_config_then_beside_the_program_then_the_users_folder(pc: Machine, tmp_path: Path) -> None:
    users = pc.home / ".config/teamtactics/teamtactics.ini"
    users.parent.mkdir(parents=True)
    users.write_text("[global]\niracingId = 3")
    assert pc.load().iracing_id == 3
    assert pc.load("iracingId = 2").iracing_id == 2
    named = tmp_path / "other.ini"
    named.write_text("[global]\niracingId = 1")
    loaded = pc.load(config=named)
    assert (loaded.iracing_id, loaded.ini_path) == (1, named)


@pytest.mark.parametrize(
    ("platform", "env", "config", "data"),
    [
        ("win32", {"APPDATA": "/r", "LOCALAPPDATA": "/l"}, "/r/teamtactics", "/l/teamtactics"),
        ("win32", {"USERPROFILE": "/u"}, "/u/AppData/Roaming/teamtactics", "/u/AppData/Local/teamtactics"),
        ("linux", {"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d"}, "/c/teamtactics", "/d/teamtactics"),
        (
            "linux",
            {"HOME": "/h", "XDG_CONFIG_HOME": "relative"},
            "/h/.config/teamtactics",
            "/h/.local/share/teamtactics",
        ),
    ],
)
def test_folders_of_the_user(pc: Machine, platform: str, env: dict[str, str], config: str, data: str) -> None:
    found = load_settings(None, pc.program, env, platform)
    assert str(Path(config) / "teamtactics.ini") in found.warnings[0].message
    assert found.data_dir == Path(data)


def test_a_user_without_a_home_gets_no_folder_named_like_one(pc: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be made in the current folder, and removed with ``rm -r ~``."""
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    found = load_settings(None, pc.program, {}, "linux")
    assert found.data_dir == Path(os.sep).absolute() / ".local" / "share" / "teamtactics"
    assert "~" not in found.warnings[0].message


def test_a_named_ini_that_is_missing_is_an_error(pc: Machine, tmp_path: Path) -> None:
    problem = pc.problem("debug = on", config=tmp_path / "absent.ini")
    assert "does not exist" in problem.message
    assert problem.file == str(tmp_path / "absent.ini")


def test_a_folder_in_place_of_the_ini_is_an_error(pc: Machine) -> None:
    pc.ini.mkdir()
    assert "folder" in pc.problem().message


def test_a_huge_file_is_refused(pc: Machine) -> None:
    pc.ini.write_bytes(b";" * (MAX_BYTES + 1))
    assert "too large" in pc.problem().message


def test_an_ini_that_may_not_be_read_is_an_error(pc: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    pc.ini.write_text("[global]")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "cannot be read at the moment (Permission denied)" in pc.problem().message


def test_every_key_arrives_where_it_belongs(pc: Machine) -> None:
    write_key_file(pc.program / "key.json")
    (pc.program / "x.dump").write_bytes(b"1")
    found = pc.load(
        "GOOGLEACCESSTOKEN = key.json",
        "messageTopic = laps",
        "IRACINGID = 229120",
        "proxy = me:secret@proxy:8080",
        "debug = yes",
        "logfile = logs/tt.log",
        "simulate = x.dump",
        "stateinterval = 45",
        "dataDir = ../data",
    )
    assert found.google_access_token == pc.program / "key.json"
    assert found.message_topic == "projects/endurance-team/topics/laps"
    assert (found.iracing_id, found.debug, found.state_interval_s) == (229120, True, 45.0)
    assert (found.proxy, found.proxy_shown) == ("http://me:secret@proxy:8080", "http://***@proxy:8080")
    assert found.logfile == pc.program / "logs/tt.log"
    assert found.simulate == pc.program / "x.dump"
    assert found.data_dir == pc.program.parent / "data"
    assert found.cloud.project_id == "endurance-team"
    assert found.cloud.firestore_configured
    assert found.cloud.pubsub_configured
    assert found.warnings == ()


def test_all_mistakes_are_reported_at_once_with_file_line_key_value_and_remedy(pc: Machine) -> None:
    problems = pc.problems(
        "googleAccessToken = absent.json",
        "messageTopic = 1",
        "iracingId = me",
        "proxy = socks5://proxy:1",
        "debug = perhaps",
        "logfile = .",
        "simulate = absent.ibt",
        "stateInterval = 1",
        "dataDir = teamtactics.ini",
        "unknwn = 1",
        "debug = on",
        "what is this",
    )
    assert [problem.line for problem in problems] == list(range(2, 14))
    assert [problem.is_warning for problem in problems] == [*[False] * 9, True, False, False]
    assert {problem.file for problem in problems} == {str(pc.ini)}
    assert [problem.key for problem in problems[:9]] == list(KEYS[:9])
    assert [problem.value for problem in problems[:4]] == ["absent.json", "1", "me", "socks5://proxy:1"]
    with pytest.raises(ConfigError) as caught:
        pc.load()
    assert len(str(caught.value).splitlines()) == 12


def test_line_numbers_count_comments_and_empty_lines(pc: Machine) -> None:
    assert pc.problem("; a comment", "", "debug = x").line == 4


@pytest.mark.parametrize("writable", [True, False])
def test_the_default_logfile_is_beside_the_ini_where_that_can_be_written(
    pc: Machine, writable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: writable)
    found = pc.load("logfile = <name>")
    assert found.logfile.parent == (pc.program if writable else found.data_dir)


@pytest.mark.parametrize("target", ["teamtactics.ini", "key.json", "x.dump", "logs/../key.json"])
def test_the_log_never_goes_into_a_file_that_is_to_be_read(pc: Machine, target: str) -> None:
    write_key_file(pc.program / "key.json")
    (pc.program / "x.dump").write_bytes(b"1")
    problem = pc.problem("googleAccessToken = key.json", "simulate = x.dump", f"logfile = {target}")
    assert (problem.key, "only to be read" in problem.message) == ("logfile", True)


def test_an_interval_that_costs_money_is_a_warning(pc: Machine) -> None:
    [warning] = pc.load("stateInterval = 5").warnings
    assert "50,000" in warning.message
    assert pc.load("stateInterval = 29").warnings != ()
    assert pc.load("stateInterval = 30").warnings == ()


def test_a_topic_without_any_project_is_a_warning(pc: Machine) -> None:
    found = pc.load("messageTopic = laps")
    assert found.message_topic is None
    assert not found.cloud.pubsub_configured
    assert "googleAccessToken" in found.warnings[0].message


def test_a_full_topic_path_may_lie_in_another_project(pc: Machine) -> None:
    write_key_file(pc.program / "key.json")
    found = pc.load("googleAccessToken = key.json", "messageTopic = projects/other-team/topics/laps")
    assert found.message_topic == "projects/other-team/topics/laps"
    assert found.cloud.project_id == "endurance-team"


@pytest.mark.parametrize(("env", "project"), [({}, LOCAL_PROJECT), ({"GOOGLE_CLOUD_PROJECT": "demo"}, "demo")])
def test_emulators_need_no_credentials(pc: Machine, env: dict[str, str], project: str) -> None:
    pc.env |= {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:1", "PUBSUB_EMULATOR_HOST": "127.0.0.1:2", **env}
    found = pc.load("messageTopic = laps")
    assert found.cloud.project_id == project
    assert found.message_topic == f"projects/{project}/topics/laps"
    assert (found.cloud.firestore_emulator, found.cloud.pubsub_emulator) == ("127.0.0.1:1", "127.0.0.1:2")
    assert found.cloud.firestore_configured
    assert found.cloud.pubsub_configured
    assert [warning.key for warning in found.warnings] == ["FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST"]


def test_a_project_in_the_environment_means_nothing_without_an_emulator(pc: Machine) -> None:
    pc.env["GOOGLE_CLOUD_PROJECT"] = "demo"
    assert pc.load("debug = on").cloud.project_id is None


@pytest.mark.parametrize(
    ("emulator", "project", "topic_project"),
    [
        ("FIRESTORE_EMULATOR_HOST", LOCAL_PROJECT, "endurance-team"),
        ("PUBSUB_EMULATOR_HOST", "endurance-team", LOCAL_PROJECT),
    ],
)
def test_with_one_emulator_the_other_sink_stays_real(
    pc: Machine, emulator: str, project: str, topic_project: str
) -> None:
    pc.env[emulator] = "127.0.0.1:1"
    write_key_file(pc.program / "key.json")
    cloud = pc.load("googleAccessToken = key.json", "messageTopic = laps").cloud
    assert (cloud.project_id, cloud.topic_path) == (project, f"projects/{topic_project}/topics/laps")
    assert (cloud.firestore_configured, cloud.pubsub_configured) == (True, True)


def test_one_emulator_without_credentials_leaves_the_other_sink_off(pc: Machine) -> None:
    pc.env["PUBSUB_EMULATOR_HOST"] = "127.0.0.1:2"
    cloud = pc.load("messageTopic = laps").cloud
    assert (cloud.firestore_configured, cloud.pubsub_configured) == (False, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "authorized_user"},
        {"type": None, "installed": {"client_secret": "MarkerOfTheKeyFile4711"}},
        {"type": "MarkerOfTheKeyFile4711"},
        {"private_key": "MarkerOfTheKeyFile4711"},
        {"private_key": None},
        {"project_id": None},
        {"client_email": 5},
    ],
)
def test_a_wrong_key_file_is_a_mistake_of_its_line_and_is_never_quoted(pc: Machine, changes: dict[str, object]) -> None:
    write_key_file(pc.program / "key.json", **changes)
    problem = pc.problem("googleAccessToken = key.json")
    assert (problem.key, problem.line) == ("googleAccessToken", 2)
    assert not any(piece in str(problem) for piece in secret_pieces())


@pytest.mark.parametrize("content", [b"", b"MarkerOfTheKeyFile4711", b"\xff\xfe\x00MarkerOfTheKeyFile4711", b"[]"])
def test_a_key_file_that_is_not_json_is_never_quoted(pc: Machine, content: bytes) -> None:
    (pc.program / "key.json").write_bytes(content)
    assert "MarkerOfTheKeyFile4711" not in str(pc.problem("googleAccessToken = key.json"))


@pytest.mark.parametrize("pasted", ["ya29.MarkerOfTheKeyFile4711", '{"private_key": "MarkerOfTheKeyFile4711"}'])
def test_a_token_pasted_in_place_of_the_file_is_not_repeated(pc: Machine, pasted: str) -> None:
    problem = pc.problem(f"googleAccessToken = {pasted}")
    assert "MarkerOfTheKeyFile4711" not in str(problem)
    assert "not a key or token itself" in problem.message


def test_a_whole_key_file_pasted_into_the_ini_is_not_repeated(pc: Machine) -> None:
    content = write_key_file(pc.program / "key.json").read_text()
    body = "\n".join(secret_pieces())
    problems = pc.problems("googleAccessToken =", content, body)
    text = "\n".join(map(str, problems))
    assert not any(piece in text for piece in secret_pieces())


def test_no_secret_is_in_the_repr_of_settings_or_in_a_warning(pc: Machine) -> None:
    write_key_file(pc.program / "key.json")
    found = pc.load("googleAccessToken = key.json", "proxy = http://me:S3cretPass@proxy:8080", "proxypass = S3cretPass")
    shown = repr(found) + "".join(map(str, found.warnings))
    assert not any(piece in shown for piece in [*secret_pieces(), "S3cretPass"])
    assert "S3cretPass" in found.secrets


def test_a_duplicate_proxy_does_not_show_its_password(pc: Machine) -> None:
    problems = pc.problems(
        "proxy = http://me:S3cretPass@h:80", "proxy = me:S3cretPass@h:81", "proxy me:S3cretPass@h:82"
    )
    assert "S3cretPass" not in "".join(map(str, problems))


KEY = st.sampled_from([*KEYS, "proxi", "[global]", "[x]", ";", ""])
LINE = st.one_of(st.builds("{}={}".format, KEY, st.text(max_size=30)), st.text(max_size=40), KEY)


@settings(max_examples=150)
@given(lines=st.lists(LINE, max_size=8), has_section=st.booleans())
def test_any_text_gives_settings_or_a_config_error(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], has_section: bool
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any_text"
    folder.mkdir(exist_ok=True)
    ini = folder / "any.ini"
    ini.write_bytes("\n".join([*["[global]"] * has_section, *lines]).encode())
    try:
        found = load_settings(ini, folder, {"HOME": str(folder)}, "linux")
    except ConfigError as error:
        assert any(not problem.is_warning for problem in error.problems)
    else:
        assert all(problem.is_warning for problem in found.warnings)


def test_letters_that_depend_on_the_pc_s_code_page_are_named(pc: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getencoding", lambda: "cp1250")
    pc.ini.write_bytes("[global]\n; Żółty\ndebug = on\ndataDir = Łaps\n".encode("cp1250"))
    settings = pc.load()
    assert settings.data_dir == pc.program / "Łaps"
    [warning] = settings.warnings
    assert str(warning).endswith(
        ":4: dataDir = Łaps — its letters are read as cp1250; where they are wrong, save the file as UTF-8"
    )


def test_a_blank_that_is_none_is_shown_by_its_number(pc: Machine) -> None:
    problem = pc.problem("messageTopic = my\xa0topic")
    assert problem.value == "my<U+00A0>topic"


def test_the_environment_s_proxy_is_the_one_in_use_where_the_ini_names_none(pc: Machine) -> None:
    pc.env["HTTPS_PROXY"] = "http://me:geheim@office:3128"
    found = pc.load("debug = on")
    assert (found.proxy, found.proxy_shown) == ("http://me:geheim@office:3128", "http://***@office:3128")
    assert "geheim" in found.secrets
    assert not any("geheim" in str(warning) for warning in found.warnings)
    assert pc.load("proxy = h:1").proxy == "http://h:1"


@pytest.mark.parametrize("place", ["program", "home"])
def test_an_ini_that_cannot_be_looked_at_is_not_none(pc: Machine, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sharing violation or a network folder that is away: never defaults, never the next place."""
    second = pc.home / ".config/teamtactics/teamtactics.ini"
    second.parent.mkdir(parents=True)
    second.write_text("[global]\ndataDir = second\n")
    wanted = pc.ini if place == "program" else second
    real = Path.lstat

    def deny(path: Path) -> os.stat_result:
        if path == wanted:
            raise PermissionError(13, "denied")
        return real(path)

    monkeypatch.setattr(Path, "lstat", deny)
    monkeypatch.setattr(Path, "open", lambda *_, **__: (_ for _ in ()).throw(PermissionError(13, "denied")))
    with pytest.raises(ConfigError) as caught:
        pc.load()
    assert caught.value.is_passing
    assert caught.value.is_unread
    assert str(wanted) in str(caught.value)


def test_a_missing_ini_and_a_folder_are_no_passing_trouble(pc: Machine, tmp_path: Path) -> None:
    assert not pc.problem(config=tmp_path / "gone.ini").is_passing
    assert not pc.problem(config=tmp_path).is_passing


def test_a_key_file_in_any_encoding_of_json_is_read(pc: Machine) -> None:
    key = write_key_file(pc.program / "key.json")
    text = key.read_text("utf-8")
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        key.write_text(text, encoding)
        assert pc.load("googleAccessToken = key.json").cloud.credentials is not None


def test_a_network_that_is_away_is_not_the_absence_of_a_file(pc: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows says "not found" of it, with a number of its own (53: the network path was not found)."""

    def away(path: Path, *_: object, **__: object) -> object:
        error = FileNotFoundError(2, "The network path was not found", str(path))
        error.winerror = 53  # type: ignore[attr-defined]
        raise error

    monkeypatch.setattr(Path, "lstat", away)
    monkeypatch.setattr(Path, "open", away)
    with pytest.raises(ConfigError) as caught:
        pc.load()
    assert caught.value.is_unread


@pytest.mark.parametrize("number", [123, 206])
def test_an_impossible_name_is_no_file_and_is_not_shown(
    pc: Machine, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pasted token is too long for a file's name; on Windows it has characters that no name can have."""
    for token in ("ya29." + "x" * 5000, '{"private_key": "S3cret"}'):
        problem = pc.problem(f"googleAccessToken = {token}")
        assert "there is no file; allowed is the name" in problem.message
        assert not problem.is_passing

    def impossible(path: Path) -> object:
        error = OSError(22, "The filename is incorrect", str(path))
        error.winerror = number  # type: ignore[attr-defined]
        raise error

    real = Path.lstat
    monkeypatch.setattr(Path, "lstat", lambda path: impossible(path) if "S3cret" in str(path) else real(path))
    problem = pc.problem('googleAccessToken = {"private_key": "S3cret"}')
    assert "S3cret" not in str(problem)
    assert not problem.is_passing


def test_on_windows_the_names_of_variables_are_the_same_in_upper_and_lower_case(pc: Machine) -> None:
    pc.ini.write_text("[global]\ndataDir = %LocalAppData%/team\n", encoding="utf-8")
    env = {"LOCALAPPDATA": str(pc.home / "Local")}
    assert load_settings(None, pc.program, env, "win32").data_dir == pc.home / "Local/team"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("~/team", "home/team"),
        ("~", "home"),
        ("%PLACE%/team", "place/team"),
        ("%PLACE%", "place"),
        ("~/%NAME%-data", "home/ada-data"),
        ("%PLACE%/%NAME%/100%/x", "place/ada/100%/x"),
        ("~team/x", "program/~team/x"),
        ("a~/x", "program/a~/x"),
        ("%50%off", "program/%50%off"),
        ("100%", "program/100%"),
        ("te%%NAME%%am", "program/te%NAME%am"),
        ("$HOME/x", "program/$HOME/x"),
    ],
)
@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_home_and_variables_in_a_path_are_put_in(pc: Machine, platform: str, written: str, meant: str) -> None:
    env = {"HOME": str(pc.home), "USERPROFILE": str(pc.home), "PLACE": str(pc.home.parent / "place"), "NAME": "ada"}
    pc.ini.write_text(f"[global]\ndataDir = {written}\nlogfile = {written}/a.log\n")
    found = load_settings(None, pc.program, env, platform)
    assert (found.data_dir, found.logfile) == (pc.home.parent / meant, pc.home.parent / meant / "a.log")


def test_key_file_and_recording_may_begin_with_them_too(pc: Machine) -> None:
    write_key_file(pc.home / "key.json")
    (pc.home / "x.dump").write_bytes(b"1")
    found = pc.load("googleAccessToken = ~/key.json", "simulate = %HOME%/x.dump")
    assert (found.google_access_token, found.simulate) == (pc.home / "key.json", pc.home / "x.dump")


@pytest.mark.parametrize("platform", ["linux", "win32"])
@pytest.mark.parametrize("path", ["%TEAMDATA%/team", "a/%TEAMDATA%", "%empty%/x"])
def test_a_variable_that_is_not_there_is_a_mistake_with_its_place_and_what_to_do(
    pc: Machine, platform: str, path: str
) -> None:
    pc.ini.write_text(f"[global]\n\ndataDir = {path}\n")
    name = path.split("%")[1]
    with pytest.raises(Unsound) as caught:
        load_settings(None, pc.program, {"HOME": str(pc.home), "EMPTY": "", "empty": ""}, platform)
    [problem] = caught.value.problems
    assert str(problem).startswith(f"{pc.ini}:3: dataDir = {path} — there is no variable %{name}% in the environment; ")
    assert "write the whole path" in problem.message
    assert "~ in front is your home folder" in problem.message
    assert "TEAMDATA" not in str(caught.value.sound.data_dir), "nothing is recorded in a folder of that name"


def test_a_file_s_name_that_was_written_literally_is_read_as_it_is(pc: Machine) -> None:
    write_key_file(pc.program / "caf%C3%A9 100%.json")
    found = pc.load(f"googleAccessToken = {literal('caf%C3%A9 100%.json')}")
    assert found.google_access_token == pc.program / "caf%C3%A9 100%.json"


def test_what_is_sound_beside_a_mistake_comes_with_it(pc: Machine) -> None:
    write_key_file(pc.program / "key.json")
    with pytest.raises(Unsound) as caught:
        pc.load("googleAccessToken = key.json", "messageTopic = laps", "debug = perhaps", "logfile = %X%/a.log")
    sound = caught.value.sound
    assert (sound.cloud.project_id, sound.cloud.topic_path) == (
        "endurance-team", "projects/endurance-team/topics/laps",
    )  # fmt: skip
    assert caught.value.is_about("messageTopic", "LOGFILE")
    assert not caught.value.is_about("messageTopic", "googleAccessToken")


def test_a_key_file_that_a_mistake_hides_is_not_said_to_be_none(pc: Machine) -> None:
    """One mistake, one line: no second one that says there is no key file."""
    [problem] = pc.problems("googleAccessToken = %X%/key.json", "messageTopic = laps")
    assert problem.key == "googleAccessToken"


def test_the_tape_is_on_until_it_is_switched_off(pc: Machine) -> None:
    assert (pc.load().tape, pc.load().tape_days) == (True, None)
    found = pc.load("tape = off", "tapeDays = 30")
    assert (found.tape, found.tape_days) == (False, 30)


@pytest.mark.parametrize(
    ("line", "allowed"),
    [("tape = maybe", "on"), *((f"tapeDays = {days}", "from 1 to 3650") for days in ("0", "-1", "3651", "1.5", "all"))],
)
def test_a_mistake_in_the_keys_of_the_tape_is_said_with_its_line_and_what_is_allowed(
    pc: Machine, line: str, allowed: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        pc.load(line)
    [problem] = raised.value.problems
    assert problem.line == 2
    assert line in str(problem)
    assert allowed in str(problem)


@pytest.mark.parametrize(("line", "expected"), [("", "auto"), ("language = DE", "de"), ("language = en", "en")])
def test_the_language_is_the_systems_until_one_is_named(pc: Machine, line: str, expected: str) -> None:
    assert pc.load(line).language == expected


def test_a_language_that_it_does_not_speak_is_a_mistake(pc: Machine) -> None:
    with pytest.raises(ConfigError, match=r"ini:2: language = fr — .*allowed are auto .*, en .* and de"):
        pc.load("language = fr")


WRONG = (
    "googleAccessToken = absent.json",
    "messageTopic = 1",
    "iracingId = me",
    "proxy = socks5://proxy:1",
    "debug = perhaps",
    "debug = on",
    "logfile = .",
    "simulate = absent.ibt",
    "stateInterval = 1",
    "dataDir = %NOWHERE%/x",
    "tapeDays = 0",
    "language = fr",
    'tape = "on',
    "unknwn = 1",
    "what is this",
    "[other]",
    "[broken",
)


def test_every_mistake_can_be_told_in_german_and_is_english_in_the_log(pc: Machine) -> None:
    (pc.program / "folder.json").mkdir()
    pc.env["GRPC_POLL_STRATEGY"] = "x"
    problems = [*pc.problems(*WRONG), *pc.problems("googleAccessToken = folder.json"), pc.problem(config=pc.home)]
    before = [str(problem) for problem in problems]
    use("de")
    try:
        said = [problem.local for problem in problems]
        assert [str(problem) for problem in problems] == before
    finally:
        use("en")
    assert [problem.local for problem in problems] == before
    same = [one for one, other in zip(said, before, strict=True) if one == other]
    assert same == []
    places = [[text.removesuffix(text.partition(" — ")[2]) for text in texts[:-1]] for texts in (said, before)]
    assert places[0] == places[1], "file, line, key and value are the user's own"
