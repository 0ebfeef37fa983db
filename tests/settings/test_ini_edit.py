"""One value of the ini is changed; everything the user wrote besides stays, byte for byte."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teamtactics.settings.edit import with_value
from teamtactics.settings.first_ini import shipped_ini
from teamtactics.settings.ini import decode_ini, parse_ini


def value_of(raw: bytes, key: str = "debug") -> str | None:
    entry = parse_ini(decode_ini(raw), "x").entries.get(key)
    return None if entry is None else entry.value


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[global]\ndebug = off\n", "[global]\ndebug = on\n"),
        ("[global]\n  DEBUG:off   ; why\nproxy =\n", "[global]\n  DEBUG: on   ; why\nproxy =\n"),
        ("[global]\n;debug = on\nlogfile = x\n", "[global]\ndebug = on\nlogfile = x\n"),
        ("[global]\nlogfile = x\n\n\n", "[global]\nlogfile = x\ndebug = on\n\n\n"),
        ("[global]\nlogfile = x", "[global]\nlogfile = x\ndebug = on\n"),
        ("; only a comment", "; only a comment\n[global]\ndebug = on\n"),
        ("", "[global]\ndebug = on\n"),
        ("[global]\r\ndebug=off\r\n; end\r\n", "[global]\r\ndebug= on\r\n; end\r\n"),
        ("[other]\nx = 1\n[global]\na = 1\n[more]\n", "[other]\nx = 1\n[global]\na = 1\ndebug = on\n[more]\n"),
        ("[global]\ndebugger = off\n;debug-level = 3\n", "[global]\ndebugger = off\n;debug-level = 3\ndebug = on\n"),
    ],
)
def test_only_the_one_line_changes(before: str, after: str) -> None:
    assert with_value(before.encode(), "debug", "on").decode() == after


def test_the_shipped_ini_keeps_every_comment() -> None:
    raw = shipped_ini()
    changed = with_value(raw, "debug", "on")
    assert value_of(changed) == "on"
    before, after = raw.decode().splitlines(), changed.decode().splitlines()
    assert [line for line in before if line not in after] == [";debug = on"]
    assert with_value(changed, "debug", "off").decode().splitlines().count("debug = off") == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_stays_as_the_editor_left_it(encoding: str) -> None:
    raw = "; Schlüssel für Jürgen\n[global]\ndebug = off\n".encode(encoding)
    changed = with_value(raw, "debug", "on")
    assert changed == raw.decode(encoding).replace("off", "on").encode(encoding)
    assert value_of(changed) == "on"


def test_a_utf16_mark_is_not_doubled() -> None:
    changed = with_value("[global]\n".encode("utf-16"), "debug", "on")
    assert changed.count(codecs.BOM_UTF16_LE) == 1


lines = st.lists(
    st.sampled_from(["; a comment", "", "logfile = x.log", "  ; debug = maybe", "proxy=http://h:1", "[global]", "#x"]),
    max_size=8,
)


@given(before=lines, end=st.sampled_from(["\n", "\r\n"]), on=st.booleans(), has_end=st.booleans())
def test_what_was_written_is_what_is_read_and_no_other_value_changes(
    before: list[str], end: str, on: bool, has_end: bool
) -> None:
    text = end.join(["[global]", *(line for line in before if line != "[global]")]) + (end if has_end else "")
    raw = text.encode()
    changed = with_value(raw, "debug", "on" if on else "off")
    assert value_of(changed) == ("on" if on else "off")
    assert value_of(changed, "logfile") == value_of(raw, "logfile")
    assert value_of(changed, "proxy") == value_of(raw, "proxy")
    again = with_value(changed, "debug", "on" if on else "off")
    assert again == changed


def test_a_broken_configuration_still_gives_all_that_can_be_used(tmp_path: Path) -> None:
    from teamtactics.settings.load import load_usable_settings

    ini = tmp_path / "teamtactics.ini"
    ini.write_text(
        "[global]\ngoogleAccessToken = gone.json\niracingId = me\nstateInterval = 45\nlogfile = own.log\n"
        "simulate = gone.dump\ndataDir = here\n"
    )
    settings, error = load_usable_settings(ini, tmp_path, {"HOME": str(tmp_path)}, "linux")
    assert error is not None
    assert [problem.key for problem in error.problems] == ["googleAccessToken", "iracingId", "simulate"]
    assert (settings.state_interval_s, settings.iracing_id, settings.simulate) == (45.0, None, None)
    assert (settings.logfile, settings.data_dir) == (tmp_path / "own.log", tmp_path / "here")
    assert not settings.cloud.firestore_configured


def test_an_ini_that_cannot_be_read_leaves_the_defaults(tmp_path: Path) -> None:
    from teamtactics.settings.load import load_usable_settings

    settings, error = load_usable_settings(tmp_path / "gone.ini", tmp_path, {"HOME": str(tmp_path)}, "linux")
    assert error is not None and "does not exist" in str(error)
    assert settings.data_dir == tmp_path / ".local" / "share" / "teamtactics"
