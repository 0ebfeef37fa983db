"""The form of the file: encodings, comments, quotes, sections, keys."""

from __future__ import annotations

import configparser
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teamtactics.settings.ini import KEYS, decode_ini, parse_ini


def values(text: str) -> dict[str, str]:
    return {key: entry.value for key, entry in parse_ini(text, "x.ini").entries.items()}


def mistakes(text: str) -> list[str]:
    return [str(problem) for problem in parse_ini(text, "x.ini").problems if not problem.is_warning]


def warnings(text: str) -> list[str]:
    return [str(problem) for problem in parse_ini(text, "x.ini").problems if problem.is_warning]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("logfile = a.log", "a.log"),
        ("logfile=a.log", "a.log"),
        ("logfile: a.log", "a.log"),
        ("  LOGFILE   =   a.log  ", "a.log"),
        ("LogFile\t=\ta.log", "a.log"),
        ("logfile = a.log ; kept", "a.log"),
        ("logfile = a.log\t; kept", "a.log"),
        ("logfile = a;b.log", "a;b.log"),
        ("logfile = car #5.log", "car #5.log"),
        ("logfile = 100%(home)s %APPDATA%.log", "100%(home)s %APPDATA%.log"),
        ("logfile = a=b:c.log", "a=b:c.log"),
        (r"logfile = C:\logs\new.log", r"C:\logs\new.log"),
        ('logfile = "a b.log"', "a b.log"),
        ("logfile = 'a b.log'", "a b.log"),
        ('logfile = "a ; b.log" ; kept', "a ; b.log"),
        ("logfile = it's.log", "it's.log"),
        ("logfile = \u202aC:\\a.log\u202c", "C:\\a.log"),
        ("\ufeff\u200blogfile\u200b =\xa0a.log\xa0", "a.log"),
        ("logfile = a\u200b\u2060.log", "a.log"),
    ],
)
def test_a_value_ends_where_a_person_would_say_so(line: str, value: str) -> None:
    assert values(f"[global]\n{line}\n") == {"logfile": value}
    assert mistakes(f"[global]\n{line}\n") == []


@pytest.mark.parametrize(
    "text", ["", "   ", "; only a comment", '""', "''", "<name of the topic>", "<a ; b>", "< >", "<>", '"<quoted>"']
)
def test_an_empty_value_and_one_in_angle_brackets_are_not_set(text: str) -> None:
    assert values(f"[global]\nmessageTopic = {text}\n") == {}
    assert mistakes(f"[global]\nmessageTopic = {text}\n") == []


def test_comment_lines_begin_with_either_sign() -> None:
    assert values("# a\n; debug = on\n [global] ; here\n#debug = on\n  ;debug = on\nproxy = h:1") == {"proxy": "h:1"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_windows_editor_s_way_of_saving_is_read(encoding: str, newline: str) -> None:
    raw = newline.join(["[global]", "dataDir = C:\\Müller", "debug = on"]).encode(encoding)
    ini = parse_ini(decode_ini(raw), "x.ini")
    assert {key: (entry.value, entry.line) for key, entry in ini.entries.items()} == {
        "datadir": ("C:\\Müller", 2),
        "debug": ("on", 3),
    }
    assert ini.problems == ()


def test_bytes_that_are_no_text_at_all_are_still_decoded() -> None:
    assert isinstance(decode_ini(bytes(range(256))), str)
    assert isinstance(decode_ini(b"\xff\xfe\x00"), str)


def test_a_key_set_twice_is_a_mistake_that_names_both_lines() -> None:
    [text] = mistakes("[global]\ndebug = on\nDEBUG = off\n")
    assert text.startswith("x.ini:3: DEBUG — is already set in line 2")


def test_a_second_global_section_goes_on_with_the_first() -> None:
    assert values("[global]\ndebug = on\n[other]\nproxy = h:1\n[GLOBAL]\nlogfile = a") == {
        "debug": "on",
        "logfile": "a",
    }


def test_keys_without_a_section_are_one_mistake_with_the_remedy_and_are_checked_all_the_same() -> None:
    text = "; hello\ndebug = on\nlogfile = a\n"
    assert mistakes(text) == [
        "x.ini:2: debug — this key stands in no section; put a line `[global]` above the first key"
    ]
    assert values(text) == {"debug": "on", "logfile": "a"}


@pytest.mark.parametrize("text", ["", "\n\n", "; nothing here", "[globl]\ndebug = on"])
def test_a_file_without_the_section_sets_nothing_and_says_so(text: str) -> None:
    assert values(text) == {}
    assert mistakes(text) == []
    assert "x.ini: [global] — there is no such section, so nothing is set here" in warnings(text)


def test_another_section_is_ignored_with_a_warning() -> None:
    assert "x.ini:1: [globl] — this section is ignored" in warnings("[globl]\n[global]\n")[0]


def test_an_empty_default_section_as_the_original_s_ini_has_is_no_remark() -> None:
    ini = parse_ini("[DEFAULT]\n\n[global]\ndebug = on\n", "x.ini")
    assert ini.problems == ()
    assert values("[DEFAULT]\n\n[global]\ndebug = on\n") == {"debug": "on"}


READERS = [
    "[DEFAULT]\ndebug = on\n[global]\nproxy = h:1\n",
    "[DEFAULT]\ndebug = on\n[global]\nDebug = off\n",
    "[global]\ndebug = off\n[DEFAULT]\ndebug = on\nlogfile = a\n",
    "[DEFAULT]\ndebug = on\n[other]\ndebug = off\n[global]\n",
    "[DEFAULT]\ndebug = on\n[global]\ndebug =\n",
]


@pytest.mark.parametrize("text", READERS)
def test_what_default_sets_counts_as_for_any_reader_of_such_files(text: str) -> None:
    standard = configparser.ConfigParser()
    standard.read_string(text)
    assert values(text) == {key: value for key, value in standard["global"].items() if value}
    assert mistakes(text) == []


def test_a_default_holds_where_the_own_section_is_not_filled_in_or_not_there() -> None:
    assert values("[DEFAULT]\nmessageTopic = laps\n[global]\nmessageTopic = <id>\n") == {"messagetopic": "laps"}
    assert values("[Default]\ndebug = on\n") == {"debug": "on"}
    assert warnings("[Default]\ndebug = on\n") == []


def test_mistakes_in_default_are_found_like_others() -> None:
    text = "[DEFAULT]\ndebug = on\ndebug = off\ntopic = x\nwhat\n[global]\n"
    assert [problem.split(" — ")[0] for problem in [*mistakes(text), *warnings(text)]] == [
        "x.ini:3: debug", "x.ini:5: [DEFAULT]", "x.ini:4: topic",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["[global]\nwhat\n", "what", "[x]\n", "[a\n", "[x]\na\x00\n", "debug = on", "", "[]", '["S3cret"]\n', "[S3cret"],
)
def test_every_mistake_names_the_file_and_a_key_or_a_section(text: str) -> None:
    for problem in parse_ini(text, "x.ini").problems:
        assert problem.key, problem
        assert re.match(r"x\.ini(:\d+)?: (\[[^\]]*\]|\w+) — ", str(problem)), problem
        assert "S3cret" not in str(problem)


def test_an_unclosed_section_is_a_mistake_and_its_keys_are_read() -> None:
    assert mistakes("[global\ndebug = on") == [
        "x.ini:1: [global] — the closing bracket of the section is missing; write `[global]`"
    ]
    assert values("[global\ndebug = on") == {"debug": "on"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("iracingID_", "iracingId"),
        ("log_file", "logfile"),
        ("googleToken", "googleAccessToken"),
        ("topic", "messageTopic"),
    ],
)
def test_an_unknown_key_is_a_warning_with_the_nearest_known_one(written: str, meant: str) -> None:
    text = f"[global]\n{written} = 1\n"
    assert mistakes(text) == []
    assert warnings(text) == [f"x.ini:2: {written} — is not a key of teamtactics and is ignored; did you mean {meant}?"]


def test_an_unknown_key_like_no_other_gets_the_list() -> None:
    assert warnings("[global]\nzzz = 1\n")[0].endswith(f"the keys are {', '.join(KEYS)}")


@pytest.mark.parametrize("line", ["debug", "just words here", '"private_key": "abc"', "= on", "]", "€ = 1"])
def test_a_line_that_is_not_understood_is_a_mistake_and_is_not_quoted(line: str) -> None:
    [text] = mistakes(f"[global]\n{line}\n")
    assert text.startswith("x.ini:2: [global] — this line is not understood")
    assert "abc" not in text
    assert "words" not in text


def test_a_control_character_is_a_mistake() -> None:
    assert "control character" in mistakes("[global]\nlogfile = a\x00b\n")[0]


@pytest.mark.parametrize("value", ['"a.log', "'a.log", '"a" b'])
def test_quotes_that_are_not_in_order_are_a_mistake(value: str) -> None:
    assert "closing quote" in mistakes(f"[global]\nlogfile = {value}\n")[0]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_exception(raw: bytes) -> None:
    ini = parse_ini(decode_ini(raw), "x.ini")
    assert set(ini.entries) <= {key.lower() for key in KEYS}
    assert all(entry.value for entry in ini.entries.values())
