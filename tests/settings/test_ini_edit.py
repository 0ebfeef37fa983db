"""One value of the ini is changed; everything the user wrote besides stays, byte for byte."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teamtactics.settings.edit import with_value, without_value
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
        ("[global]\nlogfile = x\n[]\ndebug = off\n", "[global]\nlogfile = x\ndebug = on\n[]\ndebug = off\n"),
        ('[global]\ndebug = "a ; b" ; why\n', "[global]\ndebug = on ; why\n"),
        ("; only a comment", "; only a comment\n[global]\ndebug = on\n"),
        ("", "[global]\ndebug = on\n"),
        ("[global]\r\ndebug=off\r\n; end\r\n", "[global]\r\ndebug= on\r\n; end\r\n"),
        ("[other]\nx = 1\n[global]\na = 1\n[more]\n", "[other]\nx = 1\n[global]\na = 1\ndebug = on\n[more]\n"),
        ("[globl]\ndebug = off\n[GLOBAL]\na = 1\n", "[globl]\ndebug = off\n[GLOBAL]\na = 1\ndebug = on\n"),
        ("[other]\n;debug = off\n[global]\n", "[other]\n;debug = off\n[global]\ndebug = on\n"),
        ("debug = off\n[global]\na = 1\n", "debug = on\n[global]\na = 1\n"),
        ("[global\ndebug = off\n", "[global\ndebug = on\n"),
        ("[global]\n\u200bdebug\ufeff = off\n", "[global]\ndebug = on\n"),
        ("[global]\n; a\u2028debug = off\n", "[global]\n; a\u2028debug = off\ndebug = on\n"),
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


@pytest.mark.parametrize(
    ("encoding", "folder"), [("cp1250", "Łukasz Żółty"), ("cp1251", "Иван"), ("cp1252", "Jürgen"), ("cp932", "太郎")]
)
def test_this_pc_s_code_page_is_read_and_kept(encoding: str, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getencoding", lambda: encoding)
    raw = f"; {folder}\n[global]\ndataDir = C:\\{folder}\ndebug = off\n".encode(encoding)
    assert value_of(raw, "datadir") == f"C:\\{folder}"
    changed = with_value(raw, "debug", "on")
    assert changed == raw.replace(b"off", b"on")
    assert value_of(with_value(raw, "logfile", f"{folder}.log"), "logfile") == f"{folder}.log"


@pytest.mark.parametrize("raw", [bytes(range(128, 256)), b"\xef\xbb\xbf\xff\xfe", b"\x81\x8d"])
def test_what_is_no_text_in_any_encoding_is_kept_byte_for_byte(raw: bytes) -> None:
    assert with_value(raw + b"\n[global]\n", "debug", "on").startswith(raw)


def test_utf_16_that_was_cut_off_is_refused() -> None:
    with pytest.raises(UnicodeError):
        with_value("[global]\n".encode("utf-16")[:-1], "debug", "on")


def test_a_value_that_the_encoding_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getencoding", lambda: "cp1252")
    with pytest.raises(UnicodeError):
        with_value("; Jürgen\n[global]\n".encode("cp1252"), "logfile", "Łukasz.log")


@pytest.mark.parametrize("value", ["a\nproxy = http://evil:1", "a\r", "a\x00", "\"a' ;b", "<a>", "", "a\u200bb"])
def test_what_would_be_read_as_something_else_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="cannot be the value of messageTopic"):
        with_value(b"[global]\n", "messageTopic", value)


@given(value=st.text(min_size=1, max_size=20), before=st.lists(st.text(max_size=12), max_size=6))
def test_whatever_is_written_is_read_or_refused(value: str, before: list[str]) -> None:
    raw = "\n".join([*before, "[global]", *before]).encode("utf-8", "surrogatepass")
    try:
        changed = with_value(raw, "logfile", value)
    except ValueError:
        return
    assert value_of(changed, "logfile") == value


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


@pytest.mark.parametrize(
    ("raw", "out"),
    [
        (b"[global]\r\ndebug = on ; why\r\ntape=off\r\n", b"[global]\r\n;debug = on ; why\r\ntape=off\r\n"),
        (b"[old]\nDEBUG = on\n[global]\nDebug: 'on'\n", b"[old]\nDEBUG = on\n[global]\n;Debug: 'on'\n"),
        (b"[global]\ndebug = <on or off>\n", b"[global]\ndebug = <on or off>\n"),
        (b"[global]\n;debug = on\n", b"[global]\n;debug = on\n"),
        (b"", b""),
    ],
)
def test_a_value_is_taken_out_and_can_be_put_back(raw: bytes, out: bytes) -> None:
    assert without_value(raw, "debug") == out
    assert without_value(out, "debug") == out
    assert "debug" in parse_ini(decode_ini(with_value(out, "debug", "on")), "").entries
