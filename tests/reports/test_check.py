"""What ``check`` says, in which signs, and when it fails."""

from __future__ import annotations

import errno
import io
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from support.key_file import secret_pieces, write_key_file
from teamtactics import __version__
from teamtactics.errors import ConfigError, LayoutChanged, SinkRefused, SourceRefused, TemporaryFailure
from teamtactics.language import Said, use
from teamtactics.model.usage import Usage
from teamtactics.reports.check import CheckProbes, run_checks
from teamtactics.reports.checking.result import CheckResult, exit_code, print_results
from teamtactics.settings.load import load_settings
from teamtactics.settings.settings import Settings

NAMES = [
    "configuration",
    "credentials",
    "Firestore",
    "Firestore use",
    "topic",
    "iRacing",
    "data folder",
    "tape",
    "clock",
]


def never() -> str:
    raise AssertionError("asked although not configured")


def raising(error: Exception) -> str:
    raise error


GOOD = CheckProbes(
    firestore=lambda: "project endurance-team answers",
    topic=lambda: "projects/endurance-team/topics/laps answers",
    iracing=lambda: True,
    clock=lambda: 0.4,
    usage=lambda: Usage(commits=400, written=812, read=20, told=3_100),
)


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    write_key_file(tmp_path / "key.json")
    path = tmp_path / "teamtactics.ini"
    path.write_text("[global]\ngoogleAccessToken = key.json\nmessageTopic = laps\ndataDir = data\n")
    return path


def load(ini: Path, *lines: str) -> Settings | ConfigError:
    with ini.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)
    try:
        return load_settings(ini, ini.parent, {"HOME": str(ini.parent)}, "linux")
    except ConfigError as error:
        return error


def by_name(results: list[CheckResult]) -> dict[str, CheckResult]:
    return {result.name: result for result in results}


def test_when_all_is_well_each_thing_has_one_line_and_the_exit_code_is_0(ini: Path) -> None:
    results = run_checks(load(ini), GOOD)
    assert [result.name for result in results] == NAMES
    assert all(result.ok for result in results)
    assert exit_code(results) == 0
    assert "project endurance-team" in by_name(results)["credentials"].text


def test_todays_use_of_the_free_quota_is_shown_as_this_pcs_own(ini: Path) -> None:
    line = by_name(run_checks(load(ini), GOOD))["Firestore use"]
    assert line.text == "today, by this PC alone: 812 of 20,000 free writes, 3,120 of 50,000 free reads"


def test_what_is_not_configured_is_not_asked_and_no_failure(tmp_path: Path) -> None:
    settings = load_settings(None, tmp_path, {"HOME": str(tmp_path)}, "linux")
    results = run_checks(settings, CheckProbes(never, never, lambda: True))
    states = {result.name: result.ok for result in results if result.name != "configuration"}
    assert states == {
        "credentials": None, "Firestore": None, "topic": None, "iRacing": True, "data folder": True, "tape": True,
    }  # fmt: skip
    assert [(result.ok, result.text[:16]) for result in results[:2]] == [
        (True, "no teamtactics.i"),
        (None, "teamtactics.ini:"),
    ]
    assert exit_code(results) == 0


def test_emulators_need_no_credentials(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1"}
    results = by_name(run_checks(load_settings(None, tmp_path, env, "linux"), GOOD))
    assert (results["credentials"].ok, results["credentials"].text) == (None, "an emulator needs none")
    assert results["Firestore"].ok
    assert results["topic"].ok is None


@pytest.mark.parametrize(
    ("change", "name", "text"),
    [
        (
            {"firestore": lambda: raising(SinkRefused("firestore", "permission denied.", "Give it the role X."))},
            "Firestore",
            "permission denied. Give it the role X.",
        ),
        ({"topic": lambda: raising(TemporaryFailure("pubsub", "no answer in 5 s"))}, "topic", "no answer in 5 s"),
        ({"iracing": lambda: raising(LayoutChanged("Lap is missing"))}, "iRacing", "Lap is missing"),
        ({"clock": lambda: 400.0}, "clock", "is 400 s ahead"),
        ({"clock": lambda: -90.0}, "clock", "is 90 s behind"),
    ],
)
def test_one_failure_is_named_the_rest_is_still_checked_and_the_exit_code_is_1(
    ini: Path, change: dict[str, object], name: str, text: str
) -> None:
    results = run_checks(load(ini), replace(GOOD, **change))  # type: ignore[arg-type]  # the table is one of callables
    assert [result.name for result in results if result.ok is False] == [name]
    assert by_name(results)[name].text.startswith(text)
    assert len(results) == len(NAMES)
    assert exit_code(results) == 1


def test_a_clock_that_nobody_could_compare_is_no_failure(ini: Path) -> None:
    assert by_name(run_checks(load(ini), replace(GOOD, clock=lambda: None)))["clock"].ok is None


@pytest.mark.parametrize(
    ("iracing", "text"),
    [
        (lambda: False, "is not running; start it before you drive"),
        (lambda: raising(SourceRefused("only runs on Windows")), "only runs on Windows"),
    ],
)
def test_a_simulator_that_does_not_run_is_a_remark_and_wrong_only_for_strict_scripts(
    ini: Path, iracing: Callable[[], bool], text: str
) -> None:
    results = run_checks(load(ini), replace(GOOD, iracing=iracing))
    line = by_name(results)["iRacing"]
    assert (line.ok, line.is_remark, line.text) == (None, True, text)
    assert (exit_code(results), exit_code(results, strict=True)) == (0, 1)


def test_strict_does_not_mind_what_is_only_not_configured(tmp_path: Path) -> None:
    (tmp_path / "teamtactics.ini").write_text("[global]\ndataDir = data\ntape = off\n")
    results = run_checks(load(tmp_path / "teamtactics.ini"), CheckProbes(never, never, lambda: True))
    assert {result.name for result in results if result.ok is None} == {"credentials", "Firestore", "topic", "tape"}
    assert exit_code(results, strict=True) == 0
    warned = run_checks(
        load(tmp_path / "teamtactics.ini", "stateInterval = 5"), CheckProbes(never, never, lambda: True)
    )
    assert (exit_code(warned), exit_code(warned, strict=True)) == (0, 1)


def states(results: list[CheckResult]) -> list[tuple[str, bool | None]]:
    return [(result.name, result.ok) for result in results]


def test_mistakes_of_the_ini_have_their_lines_and_all_else_is_checked_with_what_is_sound(ini: Path) -> None:
    results = run_checks(load(ini, "debug = perhaps", "iracingId = me", "unknwn = 1"), GOOD)
    assert states(results) == [
        ("configuration", False), ("configuration", False), ("configuration", None),
        *((name, True) for name in NAMES[1:]),
    ]  # fmt: skip
    assert exit_code(results) == 1


def test_one_class_of_mistake_hides_no_other(ini: Path) -> None:
    """A wrong value, a key file that is none, a topic that cannot exist, a proxy, a recording and a folder: one run."""
    write_key_file(ini.parent / "key.json", type="authorized_user")
    ini.write_text(ini.read_text().replace("messageTopic = laps", "messageTopic = 1").replace("dataDir = data", ""))
    results = run_checks(
        load(ini, "debug = perhaps", "proxy = socks5://h:1", "simulate = gone.ibt", "dataDir = teamtactics.ini"),
        replace(GOOD, clock=lambda: 400.0),
    )
    assert states(results) == [
        ("configuration", False), ("credentials", False), ("proxy", False), ("Firestore", None), ("topic", False),
        ("simulate", False), ("data folder", False), ("clock", False),
    ]  # fmt: skip
    assert by_name(results)["Firestore"].text == "not asked: it needs a key file that can be used"
    assert all(str(ini) in result.text for result in results if result.name not in ("Firestore", "clock"))


@pytest.mark.parametrize(
    "topic", ["goog-laps", "1laps", "ab", "a" * 256, "la ps", "laps/fast", "läps", "projects/x/laps"]
)
def test_a_topic_that_cannot_exist_is_found_without_asking_google(ini: Path, topic: str) -> None:
    ini.write_text(ini.read_text().replace("messageTopic = laps", f"messageTopic = {topic}"))
    results = run_checks(load(ini), replace(GOOD, topic=never))
    assert [(name, ok) for name, ok in states(results) if ok is False] == [("topic", False)]
    assert "is not a Pub/Sub topic; allowed is" in by_name(results)["topic"].text
    assert by_name(results)["configuration"].text == f"{ini}, apart from the mistakes below"


def test_wrong_credentials_do_not_hide_the_rest(ini: Path) -> None:
    write_key_file(ini.parent / "key.json", type="authorized_user")
    results = run_checks(load(ini), GOOD)
    assert states(results) == [
        ("configuration", True), ("credentials", False), ("Firestore", None), ("topic", None), ("iRacing", True),
        ("data folder", True), ("tape", True), ("clock", True),
    ]  # fmt: skip


def test_what_cannot_be_read_at_all_leaves_only_the_simulator_to_check(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path / "absent.ini", tmp_path, {"HOME": str(tmp_path)}, "linux")
    results = run_checks(caught.value, replace(GOOD, firestore=never, topic=never))
    assert states(results) == [("configuration", False), ("iRacing", True), ("clock", True)]


def test_with_simulate_the_file_is_checked_instead_of_iracing(ini: Path) -> None:
    (ini.parent / "x.dump").write_bytes(b"1")
    settings = load(ini, "simulate = x.dump")
    probes = replace(GOOD, iracing=lambda: False)
    results = by_name(run_checks(settings, probes))
    assert "iRacing" not in results
    assert results["simulate"].ok
    (ini.parent / "x.dump").write_bytes(b"")
    assert "is empty" in by_name(run_checks(settings, probes))["simulate"].text
    (ini.parent / "x.dump").unlink()
    assert by_name(run_checks(settings, probes))["simulate"].ok is False


def test_with_simulate_a_better_probe_is_used_where_there_is_one(ini: Path) -> None:
    (ini.parent / "x.dump").write_bytes(b"1")
    settings = load(ini, "simulate = x.dump")
    good = run_checks(settings, replace(GOOD, simulate=lambda path: f"{path.name} is a memory image"))
    assert by_name(good)["simulate"] == CheckResult("simulate", True, "x.dump is a memory image")
    bad = run_checks(settings, replace(GOOD, simulate=lambda _: raising(SourceRefused("x.dump is truncated"))))
    assert by_name(bad)["simulate"] == CheckResult("simulate", False, "x.dump is truncated")


def test_a_data_folder_that_cannot_be_written_is_a_failure(ini: Path) -> None:
    settings = load(ini)
    (ini.parent / "data").write_text("in the way")
    result = by_name(run_checks(settings, GOOD))["data folder"]
    assert (result.ok, "cannot be written" in result.text) == (False, True)


def test_a_disk_without_any_room_is_not_blamed_on_the_rights(ini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(ini)
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: raising(full))
    result = by_name(run_checks(settings, GOOD))["data folder"]
    assert (result.ok, "only 0 MB are free" in result.text, "rights" in result.text) == (False, True, False)


def test_the_check_leaves_nothing_in_the_data_folder(ini: Path) -> None:
    run_checks(load(ini), GOOD)
    assert list((ini.parent / "data").iterdir()) == []


def test_it_says_how_much_the_tapes_hold(ini: Path) -> None:
    settings = load(ini)
    assert by_name(run_checks(settings, GOOD))["tape"] == CheckResult("tape", True, "nothing yet")
    tapes = ini.parent / "data" / "tapes"
    tapes.mkdir()
    (tapes / "20261124-180000 28814031-2-1.tape").write_bytes(bytes(1_000_000))
    assert by_name(run_checks(settings, GOOD))["tape"].text == "1 session, 1 MB, since 2026-11-24"
    (tapes / "20261126-180000 28814031-2-2.tape").write_bytes(bytes(2_000_000))
    (tapes / "notes.txt").write_text("not a tape")
    assert by_name(run_checks(settings, GOOD))["tape"].text == "2 sessions, 3 MB, since 2026-11-24"
    off = by_name(run_checks(load(ini, "tape = off"), GOOD))["tape"]
    assert (off.ok, off.text.startswith("off, "), off.text.endswith("2 sessions, 3 MB, since 2026-11-24")) == (
        None, True, True,
    )  # fmt: skip
    assert sorted(path.suffix for path in tapes.iterdir()) == [".tape", ".tape", ".txt"], "nothing is left there"


def test_a_folder_of_tapes_that_cannot_be_read_is_a_failure(ini: Path) -> None:
    settings = load(ini)
    (ini.parent / "data").mkdir()
    (ini.parent / "data" / "tapes").write_text("in the way")
    result = by_name(run_checks(settings, GOOD))["tape"]
    assert (result.ok, "cannot be read and written" in result.text) == (False, True)


def test_a_full_disk_is_a_failure(ini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5_000_000))
    result = by_name(run_checks(load(ini), GOOD))["data folder"]
    assert (result.ok, result.text.startswith("only 5 MB are free")) == (False, True)


def test_no_secret_is_shown_whatever_an_error_says(ini: Path) -> None:
    key = (ini.parent / "key.json").read_text()
    settings = load(ini, "proxy = me:S3cretPass@proxy:8080")
    probes = replace(
        GOOD,
        firestore=lambda: raising(TemporaryFailure("firestore", f"{key} via http://me:S3cretPass@proxy:8080")),
        topic=lambda: "S3cretPass",
    )
    text = "\n".join(result.text for result in run_checks(settings, probes))
    assert not any(piece in text for piece in [*secret_pieces(), "S3cretPass"])


def test_each_result_is_one_line_even_when_the_error_is_not(ini: Path) -> None:
    probes = replace(GOOD, topic=lambda: raising(TemporaryFailure("pubsub", "one\n  two\r\nthree")))
    assert by_name(run_checks(load(ini), probes))["topic"].text == "one two three"


RESULTS = [
    CheckResult("a", True, "Müller"),
    CheckResult("b", False, "→ 東京"),
    CheckResult("c", None, "x"),
    CheckResult("d", None, "y", is_remark=True),
]
AT = datetime(2026, 11, 27, 1, 2, 3, 456, tzinfo=UTC)


def printed(results: list[CheckResult], encoding: str) -> list[str]:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    print_results(results, AT, stream)
    stream.seek(0)
    return stream.read().splitlines()


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", ["✓ a: Müller", "✗ b: → 東京", "– c: x", "! d: y"]),
        ("cp1252", ["OK   a: Müller", "FAIL b: ? ??", "-    c: x", "NOTE d: y"]),
        ("cp437", ["OK   a: Müller", "FAIL b: ? ??", "-    c: x", "NOTE d: y"]),
        ("ascii", ["OK   a: M?ller", "FAIL b: ? ??", "-    c: x", "NOTE d: y"]),
    ],
)
def test_every_console_can_show_the_lines(encoding: str, expected: list[str]) -> None:
    assert printed(RESULTS, encoding)[1:-1] == expected


def test_the_text_says_when_it_was_by_the_clock_of_the_wall_and_what_it_comes_to() -> None:
    first, *_, last = printed(RESULTS, "utf-8")
    said, when = first.split(", checked ")
    assert said == f"teamtactics {__version__}"
    assert datetime.fromisoformat(when) == AT.replace(microsecond=0)
    assert last == "1 of 4 needs you, 1 remark."
    assert printed(RESULTS[:1], "utf-8")[-1] == "Everything works."
    assert printed([RESULTS[0], RESULTS[3], RESULTS[3]], "utf-8")[-1] == "Nothing is wrong, 2 remarks."


def test_a_stream_without_an_encoding_gets_the_signs() -> None:
    stream = io.StringIO()
    print_results(RESULTS[:1], AT, stream)
    assert "✓ a: Müller\n" in stream.getvalue()


def test_a_proxy_is_tried_and_named_without_its_password(ini: Path) -> None:
    settings = load(ini, "proxy = http://me:hunter2secret@127.0.0.1:3128")
    dead = by_name(run_checks(settings, replace(GOOD, proxy=lambda _: "Connection refused")))["proxy"]
    assert dead.ok is False
    assert "127.0.0.1:3128 cannot be reached (Connection refused); start it, or correct proxy" in dead.text
    assert "hunter2secret" not in dead.text
    assert by_name(run_checks(settings, replace(GOOD, proxy=lambda _: None)))["proxy"].ok
    without = load_settings(None, ini.parent / "elsewhere", {"HOME": str(ini.parent)}, "linux")
    assert "proxy" not in by_name(run_checks(without, replace(GOOD, proxy=lambda _: None))), "most teams have none"


@pytest.fixture
def german() -> Iterator[None]:
    use("de")
    yield
    use("en")


@pytest.mark.usefixtures("german")
def test_people_read_german_and_the_log_stays_english(ini: Path) -> None:
    unable = SinkRefused(
        "pubsub", Said("{place} does not exist, or the account may not publish to it", place="topic t")
    )
    probes = replace(GOOD, iracing=lambda: False, clock=lambda: 400.0, topic=lambda: raising(unable))
    results = run_checks(load(ini, "debug = perhaps", "stateInterval = 5"), probes)
    found = by_name(results)
    assert found["iRacing"].text == "is not running; start it before you drive"
    assert found["iRacing"].line == "iRacing: läuft nicht; starte es, bevor du fährst"
    assert found["data folder"].line.startswith("Datenordner: ")
    assert found["topic"].line == "Topic: topic t gibt es nicht, oder das Konto darf dort nichts veröffentlichen"
    assert found["clock"].line.startswith("Uhr: geht 400 s vor: Google kann den Schlüssel ablehnen; lass Windows")
    wrong = next(each for each in results if each.ok is False)
    assert "is neither on nor off" in wrong.text
    assert re.fullmatch(r"Einstellungen: .*:5: debug = perhaps — ist weder an noch aus; erlaubt sind .*", wrong.line)
    assert [each.line for each in results] == [line[2:] for line in printed(results, "utf-8")[1:-1]]
    assert printed(results, "utf-8")[-1] == "3 von 10 brauchen dich, 2 Hinweise."


@pytest.mark.usefixtures("german")
def test_no_secret_is_shown_in_another_language_either(ini: Path) -> None:
    settings = load(ini, "proxy = me:S3cretPass@proxy:8080")
    probes = replace(GOOD, proxy=lambda _: "S3cretPass", topic=lambda: Said("{place} answers", place="S3cretPass"))
    assert "S3cretPass" not in "".join(printed(run_checks(settings, probes), "utf-8"))
