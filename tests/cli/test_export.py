"""What is recorded as a file: as programs read it, and as an Excel of half of Europe does."""

from __future__ import annotations

import csv
import io
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teamtactics.cli.main import main
from teamtactics.cli.show import show
from teamtactics.cli.spreadsheet import csv_text, excel_text
from teamtactics.model.parcel import Document, Parcel, ParcelKind, Value
from teamtactics.reports.summary import LAP_COLUMNS
from teamtactics.service.app import OUTBOX_NAME
from teamtactics.store.store import Outbox

NOW = datetime(2026, 3, 1, 12, 0, 7, 250_000, tzinfo=UTC)


def lap(number: int, **fields: Value) -> Document:
    known: dict[str, Value] = {"LapCompleted": number, "LapLastLapTime": 102.34564, "Driver": "Łukasz Żółty"}
    return {**dict.fromkeys(LAP_COLUMNS), **known, "Utc": NOW, **fields}


def record(outbox: Outbox, *laps: Document) -> None:
    session = outbox.begin_session("team@1#2#3", "t", {}, NOW)
    parcels = [
        Parcel(ParcelKind.LAP, f"lap/{one['LapCompleted']}", "team@1#2#3", 1.0, str(one["LapCompleted"]), one)
        for one in laps
    ]
    outbox.append(session.id, parcels, checkpoint=None, session_time_s=1.0, utc=NOW)


@pytest.fixture
def ini(tmp_path: Path) -> Iterator[Path]:
    """The configuration of a PC on which two laps are recorded."""
    (tmp_path / "data").mkdir()
    path = tmp_path / "teamtactics.ini"
    path.write_text("[global]\ndataDir = data\n")
    with Outbox.open(tmp_path / "data" / OUTBOX_NAME, lambda: NOW) as outbox:
        record(outbox, lap(1, FuelUsed=2.5, OnPitRoad=False, WeatherDeclaredWet=True, FuelAdded=0.0), lap(2))
    return path


def excel_rows(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff"), "without it Excel takes UTF-8 for the PC's own code page"
    return list(csv.DictReader(io.StringIO(text[1:]), delimiter=";"))


def test_excel_gets_semicolons_decimal_commas_and_dates(ini: Path, tmp_path: Path) -> None:
    place = tmp_path / "laps.csv"
    assert main(["show", "last", "--csv", "--excel", "--to", str(place), "--config", str(ini)]) == 0
    first, second = excel_rows(place.read_bytes().decode("utf-8"))
    assert list(first) == list(LAP_COLUMNS)
    assert (first["LapCompleted"], first["LapLastLapTime"], first["FuelUsed"]) == ("1", "102,34564", "2,5")
    assert (first["Utc"], first["Driver"]) == ("2026-03-01 12:00:07", "Łukasz Żółty")
    assert (first["OnPitRoad"], first["WeatherDeclaredWet"], first["FuelAdded"]) == ("0", "1", "0,0")
    assert second["FuelUsed"] == ""


def test_excel_alone_means_csv_and_the_list_has_dates_too(ini: Path, tmp_path: Path) -> None:
    place = tmp_path / "sessions.csv"
    assert main(["show", "--excel", "--to", str(place), "--config", str(ini)]) == 0
    (row,) = excel_rows(place.read_bytes().decode("utf-8"))
    assert (row["collection"], row["laps"], row["first_utc"]) == ("team@1#2#3", "2", "2026-03-01 12:00:07")


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1", "-2", "@SUM(A1)", "\tx"])
def test_no_name_is_a_formula(text: str) -> None:
    assert excel_rows(excel_text(["Driver"], [{"Driver": text}])) == [{"Driver": "'" + text}]
    assert list(csv.DictReader(io.StringIO(csv_text(["Driver"], [{"Driver": text}])))) == [{"Driver": text}]


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_numbers_keep_their_last_bit_and_names_their_letters(number: float, name: str) -> None:
    (row,) = excel_rows(excel_text(["n", "name"], [{"n": number, "name": name}]))
    assert float(row["n"].replace(",", ".")) == number
    assert row["name"].removeprefix("'" if name[:1] in "=+-@" else "") == name
    (plain,) = csv.DictReader(io.StringIO(csv_text(["n", "name"], [{"n": number, "name": name}])))
    assert (float(plain["n"]), plain["name"]) == (number, name)


def test_moments_are_told_in_utc() -> None:
    away = NOW.astimezone(timezone(timedelta(hours=9)))
    assert excel_text(["Utc"], [{"Utc": away}]).splitlines()[1] == "2026-03-01 12:00:07"
    assert csv_text(["Utc"], [{"Utc": away}]).splitlines()[1] == "2026-03-01T12:00:07.250Z"


def test_what_is_no_number_is_empty() -> None:
    assert excel_text(["a", "b"], [{"a": float("nan"), "b": float("inf")}]).splitlines()[1] == ";"


@pytest.mark.parametrize("words", [["--json"], ["--csv"], []])
def test_a_file_holds_what_the_console_would_show(
    ini: Path, tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "laps.txt"
    place.write_text("former")
    assert main(["show", "last", *words, "--to", str(place), "--config", str(ini)]) == 0
    assert capsys.readouterr().out == f"Written: {place}\n"
    assert main(["show", "last", *words, "--config", str(ini)]) == 0
    assert place.read_bytes().decode("utf-8") == capsys.readouterr().out
    assert not list(tmp_path.glob("*.new")), "nothing is left beside it"


def test_json_for_excel_is_a_contradiction(ini: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "last", "--json", "--excel", "--config", str(ini)]) == 2
    assert capsys.readouterr().err == "teamtactics: --excel is a kind of --csv: it does not go together with --json\n"


def test_a_place_that_cannot_be_written_is_said(
    ini: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failed(to: Path) -> str:
        assert main(["show", "last", "--csv", "--to", str(to), "--config", str(ini)]) == 1
        told = capsys.readouterr()
        assert told.out == ""
        return told.err

    missing = tmp_path / "gone" / "laps.csv"
    assert failed(missing) == f"teamtactics: {missing} cannot be written: there is no folder {missing.parent}\n"
    assert failed(tmp_path) == f"teamtactics: {tmp_path} cannot be written: it is a folder, name a file in it\n"

    def held(_path: Path, _content: bytes) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("teamtactics.cli.inspect.replace_file", held)
    assert failed(tmp_path / "x.csv").endswith("Permission denied; is it open in another program?\n")


def test_an_unknown_session_leaves_the_file_as_it_was(ini: Path, tmp_path: Path) -> None:
    place = tmp_path / "laps.csv"
    place.write_text("former")
    assert main(["show", "77", "--csv", "--to", str(place), "--config", str(ini)]) == 1
    assert place.read_text() == "former"


@pytest.mark.skipif(os.name == "nt", reason="POSIX rights")
def test_a_file_that_is_replaced_keeps_its_rights(ini: Path, tmp_path: Path) -> None:
    place = tmp_path / "laps.csv"
    place.touch(0o600)
    assert main(["show", "last", "--csv", "--to", str(place), "--config", str(ini)]) == 0
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


class Console(io.StringIO):
    """A console, on which a byte order mark would be dirt."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("out", "is_marked"), [(io.StringIO(), True), (Console(), False)])
def test_a_console_shows_no_byte_order_mark(tmp_path: Path, out: io.StringIO, is_marked: bool) -> None:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as outbox:
        record(outbox, lap(1))
        assert show(outbox, "last", "excel", out) == 0
    assert out.getvalue().startswith("\ufeff") == is_marked


def test_a_stream_of_another_encoding_has_no_byte_order_mark(tmp_path: Path) -> None:
    """PowerShell's redirection on a Western PC."""
    raw = io.BytesIO()
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as outbox:
        record(outbox, lap(1))
        out = io.TextIOWrapper(raw, encoding="cp1252", write_through=True)
        assert show(outbox, "last", "excel", out) == 0
    assert raw.getvalue().startswith(b"LapCompleted;")
