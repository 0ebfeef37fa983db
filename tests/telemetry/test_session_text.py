"""Ids survive everything; broken bytes and broken YAML cost a name at most."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from support.absent import absent
from support.image_writer import session_text
from teamtactics.model.session import Entry, SessionEntry, SessionInfo
from teamtactics.telemetry.layout import parse_layout
from teamtactics.telemetry.session_text import parse_session_text

TEAM = {
    "team_racing": True, "team_id": 443119, "team_name": "FBP Racing  ORANGE", "session_id": 118486868,
    "subsession_id": 28814031, "event_type": "Race", "car_idx": 5, "user_id": 229120,
    "driving_user_id": 263359, "driving_user_name": "Grace Remote",
    "sessions": (("Practice", None, 1800.0), ("Lone Qualify", 2, 480.0), ("Race", 173, None)),
    "other_drivers": ((0, -1, "Pace Car"), (3, 11, "Someone Else")),
}  # fmt: skip


def parse(text: str, encoding: str = "cp1252") -> SessionInfo:
    info = parse_session_text(text.encode(encoding, "replace"))
    assert info is not None
    return info


def own(text: str, encoding: str = "cp1252") -> Entry:
    entry = parse(text, encoding).own
    assert entry is not None
    return entry


def test_all_that_is_wanted_is_read() -> None:
    assert parse(session_text(**TEAM, fuel_max_l=100.0, fuel_max_pct=0.5)) == SessionInfo(  # type: ignore[arg-type]
        sim_mode="full", team_racing=True, session_id=118486868, subsession_id=28814031, track_name="monza full",
        track_id=239, event_type="Race", driver_user_id=229120, driver_car_idx=5,
        own=Entry(5, 263359, "Grace Remote", 443119, "FBP Racing  ORANGE", "porsche991rsr", "Porsche 911 RSR", 102),
        fuel_max_l=50.0,
        sessions=(
            SessionEntry(0, "Practice", None, 1800.0),
            SessionEntry(1, "Lone Qualify", 2, 480.0),
            SessionEntry(2, "Race", 173, None),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "- Racing", "? Racing", ", Racing", "* Racing", "&anchor", "!tag", "| block", "> folded", "@at", "`tick`",
        "%percent", "{brace", "[bracket", "Team #1 Racing", "a: b: c", "'quoted'", 'in "the" middle', '"',
        "Back\\slash", "\\u0041", "null", "~", "true", "off", "0x10", "2024-01-01", "12:30:45", "1_000", "Name:",
        "Käse & Söhne", "...", "---", "Zoë  Double", "Â£", "x" * 200,
    ],
)  # fmt: skip
def test_a_name_is_what_the_line_says_whatever_yaml_thinks(name: str) -> None:
    entry = own(session_text(user_name=name, team_name=name, user_id=99))
    assert (entry.user_name, entry.team_name, entry.user_id) == (name, name, 99)


def test_quotes_around_a_value_do_not_belong_to_it() -> None:
    entry = own(session_text(user_name='"Ann "Speed" Lee"', team_name='"Barcelona\\PDS"', encoding="UTF8"), "utf-8")
    assert (entry.user_name, entry.team_name) == ('Ann "Speed" Lee', "Barcelona\\PDS")


def test_quoted_ids_of_a_build_that_quotes_all_are_numbers() -> None:
    text = re.sub(r"^( +(?:- )?\w+): (\S.*)$", r'\1: "\2"', session_text(car_idx=5, user_id=7), flags=re.M)
    info = parse(text.replace('- CarIdx: "5"', "- CarIdx: 5"))
    assert (info.track_id, info.driver_user_id, info.sim_mode) == (239, 7, "full")


@pytest.mark.parametrize("control", ["\x01", "\x07", "\x1b", "\x7f", "\t"])
def test_control_characters_vanish(control: str) -> None:
    assert own(session_text(user_name=f"Ada{control}Local")).user_name == "AdaLocal"


@pytest.mark.parametrize("tail", ["\nRest", "\n Rest", "\n\nRest", "\nRest: of it", "\r"])
def test_a_line_feed_in_a_free_text_costs_its_rest_only(tail: str) -> None:
    """DriverSetupName with a line feed was seen (SIMULATOR#broken-text); it stands before the drivers."""
    text = session_text(**TEAM).replace("base.sto", f"base{tail}.sto")  # type: ignore[arg-type]
    assert parse(text) == parse(session_text(**TEAM))  # type: ignore[arg-type]


def test_a_line_feed_in_a_name_costs_its_rest_only() -> None:
    entry = own(session_text(user_name="Ada\nLocal", user_id=7))
    assert (entry.user_name, entry.user_id, entry.team_id) == ("Ada", 7, 0)


def test_bytes_that_cp1252_does_not_have_cost_a_letter() -> None:
    raw = session_text(user_name="A?B", user_id=7).encode("cp1252").replace(b"A?B", b"A\x81\x8d\x8f\x90\x9dB")
    info = parse_session_text(raw)
    assert info is not None
    assert info.own is not None
    assert info.own.user_name == "A\ufffd\ufffd\ufffd\ufffd\ufffdB"
    assert info.own.user_id == 7


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [(None, "cp1252"), ("ISO_8859_1", "cp1252"), ("ISO_8859_1", "latin-1"), ("UTF8", "utf-8"), ('"UTF8"', "utf-8")],
)
def test_the_declared_encoding_is_obeyed(declared: str | None, encoding: str) -> None:
    assert own(session_text(team_name="Öyh-Öyh é", encoding=declared), encoding).team_name == "Öyh-Öyh é"


def test_letters_outside_cp1252_come_with_the_utf8_option() -> None:
    assert own(session_text(user_name="Łukasz Żółć 寿司", encoding="UTF8"), "utf-8").user_name == "Łukasz Żółć 寿司"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (r'"Ann \"Speed\" Lee"', 'Ann "Speed" Lee'),
        (r'"back\\slash"', r"back\slash"),
        (r'"\\\""', r"\""),
        (r'"Barcelona\PDS"', r"Barcelona\PDS"),
    ],
)
def test_with_the_utf8_option_quotes_and_backslashes_are_escaped(written: str, name: str) -> None:
    """SIMULATOR#encoding; without the option nothing is quoted on purpose, and nothing escaped."""
    assert own(session_text(user_name=written, encoding="UTF8"), "utf-8").user_name == name
    assert own(session_text(user_name=written)).user_name == written[1:-1]


def test_a_broken_utf8_name_costs_a_letter() -> None:
    raw = session_text(user_name="Zoë", user_id=7, encoding="UTF8").encode("utf-8").replace(b"\xc3\xab", b"\xc3")
    info = parse_session_text(raw)
    assert info is not None
    assert info.own is not None
    assert (info.own.user_name, info.own.user_id) == ("ZoÃ", 7)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("TrackID: 239", "TrackID: 0"),
        ("TrackID: 239", "TrackID: "),
        (" - SessionNum: 0", ""),
        ("DriverInfo:", "OtherInfo:"),
        (" - CarIdx: 0", ""),
    ],
)
def test_a_text_without_meaning_is_waited_out(was: str, now: str) -> None:
    """Right after joining the text can be whole and empty (SIMULATOR#torn-text)."""
    assert parse_session_text(session_text().replace(was, now).encode()) is None


@pytest.mark.parametrize("raw", [b"", b"\0" * 100, b"---\n", b"\xff" * 1000, b"WeekendInfo:\n"])
def test_no_text_is_waited_out(raw: bytes) -> None:
    assert parse_session_text(raw) is None


def test_an_own_entry_that_is_absent_in_passing_is_none() -> None:
    info = parse(session_text(car_idx=5, other_drivers=((1, 11, "Other"),)).replace("- CarIdx: 5", "- CarIdx: 6"))
    assert info.own is None
    assert info.driver_car_idx == 5


def test_the_own_entry_is_found_by_car_idx_and_not_by_place() -> None:
    others = tuple((idx, 1000 + idx, f"Other {idx}") for idx in (0, 1, 15, 55))
    assert own(session_text(car_idx=5, user_id=7, other_drivers=others)).user_id == 7


def test_old_recordings_have_no_driver_user_id_and_no_tank() -> None:
    text = re.sub(r"\n (DriverUserID|DriverCarFuelMaxLtr|DriverCarMaxFuelPct):[^\n]*", "", session_text())
    info = parse(text)
    assert (info.driver_user_id, info.fuel_max_l) == (None, None)


def test_the_traps_of_yaml_types_are_not_stepped_into() -> None:
    """SIMULATOR#yaml."""
    info = parse(session_text(track_name="off", event_type="None", sim_mode="2021-09-04", car_path="05"))
    assert (info.track_name, info.event_type, info.sim_mode) == ("off", "None", "2021-09-04")
    assert info.own is not None
    assert info.own.car_path == "05"


def test_numbers_without_end_are_no_numbers() -> None:
    info = parse(session_text().replace(" SessionID: 0", " SessionID: " + "9" * 5000))
    assert info.session_id == 0


def test_windows_line_ends_are_fine() -> None:
    text = session_text(**TEAM)  # type: ignore[arg-type]
    assert parse(text.replace("\n", "\r\n")) == parse(text)


def test_the_results_of_other_cars_are_not_mistaken_for_the_session() -> None:
    results = "   ResultsPositions:\n   - Position: 1\n     SessionType: nonsense\n     SessionLaps: 5\n"
    text = session_text(sessions=(("Race", 40, None),)).replace("   SessionType", results + "   SessionType")
    assert parse(text).sessions == (SessionEntry(0, "Race", 40, None),)


def test_the_own_line_of_the_results_is_read_and_no_other() -> None:
    results = "   ResultsPositions:\n"
    for car, laps, last in ((3, 9, "61.5"), (5, 7, "62.25"), (15, 6, "-1.0000")):
        results += f"   - Position: 1\n     CarIdx: {car}\n     FastestLap: {laps - 1}\n     FastestTime: 60.5\n"
        results += f"     LastTime: {last}\n     LapsComplete: {laps}\n"
    text = session_text(car_idx=5, sessions=(("Race", 40, None),)).replace("   SessionType", results + "   SessionType")
    assert parse(text).sessions == (SessionEntry(0, "Race", 40, None, 7, 62.25, 60.5, 6),)
    (untimed,) = parse(text.replace("DriverCarIdx: 5", "DriverCarIdx: 15")).sessions
    assert (untimed.own_laps, untimed.own_last_time_s) == (6, None)


def test_an_accented_team_session_of_2019_is_read(shared_data: Path) -> None:
    """What a member who is not driving sees: the account is theirs, the entry the driver's (SIMULATOR#account)."""
    info = parse((shared_data / "barcelona-team1-watching.txt").read_text(encoding="utf-8"))
    assert info.is_team_session
    assert (info.session_id, info.subsession_id, info.track_id) == (118486868, 28814031, 345)
    assert (info.driver_user_id, info.driver_car_idx, info.fuel_max_l) == (229120, 2, 62.5)
    assert info.own is not None
    assert (info.own.car_idx, info.own.user_id, info.own.team_name) == (2, 263359, "FBP Racing  ORANGE")
    assert [entry.type for entry in info.sessions] == ["Practice", "Lone Qualify", "Race"]


def test_names_with_accents_survive_the_simulators_encoding(shared_data: Path) -> None:
    text = (shared_data / "barcelona-team1-watching.txt").read_text(encoding="utf-8")
    found = {
        entry.team_name
        for idx in range(64)
        if (entry := parse(text.replace(" DriverCarIdx: 2", f" DriverCarIdx: {idx}")).own) is not None
    }
    assert {"Kilómetro Zero P1", "Öyh-Öyh E-sports"} <= found


def test_reading_by_line_agrees_with_yaml_on_every_real_text(shared_data: Path) -> None:
    paths = sorted([*shared_data.glob("*.dump"), *shared_data.glob("*_2015*.ibt"), *shared_data.glob("pit*.ibt")])
    if not paths:
        absent("no recordings in ../shared/data")
    for path in paths:
        content = path.read_bytes()
        layout = parse_layout(content, path.name)
        raw = content[layout.text_offset : layout.text_offset + layout.text_len]
        assert parse_session_text(raw) == by_yaml(raw), path.name


def result(positions: list[dict[str, str]] | str | None, car_idx: str) -> tuple[float | None, ...]:
    for position in positions if isinstance(positions, list) else ():
        if position["CarIdx"] == car_idx:
            last_s, fastest_s = (float(position[name]) for name in ("LastTime", "FastestTime"))
            return (
                int(position["LapsComplete"]),
                last_s if last_s > 0.0 else None,
                fastest_s if fastest_s > 0.0 else None,
                int(position["FastestLap"]) or None,
            )
    return None, None, None, None


def by_yaml(raw: bytes) -> SessionInfo:
    """The slow way: the wanted sections through a YAML parser without implicit types."""
    text = re.sub(yaml.reader.Reader.NON_PRINTABLE, "", raw.partition(b"\0")[0].decode("cp1252", "replace"))
    parts = [part for part in text.split("\n\n") if re.match(r"(---\n)?(Weekend|Session|Driver)Info:", part)]
    tree = yaml.load("\n".join(parts), Loader=yaml.CBaseLoader)
    weekend, driver = tree["WeekendInfo"], tree["DriverInfo"]
    mine = next(entry for entry in driver["Drivers"] if entry["CarIdx"] == driver["DriverCarIdx"])
    tank = driver.get("DriverCarFuelMaxLtr")

    def number(value: str) -> float | None:
        return None if value == "unlimited" else float(value.split()[0])

    return SessionInfo(
        sim_mode=weekend["SimMode"], team_racing=weekend["TeamRacing"] == "1", session_id=int(weekend["SessionID"]),
        subsession_id=int(weekend["SubSessionID"]), track_name=weekend["TrackName"], track_id=int(weekend["TrackID"]),
        event_type=weekend["EventType"],
        driver_user_id=int(driver["DriverUserID"]) if "DriverUserID" in driver else None,
        driver_car_idx=int(driver["DriverCarIdx"]),
        own=Entry(
            int(mine["CarIdx"]), int(mine["UserID"]), mine["UserName"], int(mine["TeamID"]), mine["TeamName"],
            mine["CarPath"], mine["CarScreenName"], int(mine["CarID"]), mine["IsSpectator"] == "1",
        ),
        fuel_max_l=None if tank is None else float(tank) * float(driver["DriverCarMaxFuelPct"]),
        stall_pct=float(driver["DriverPitTrkPct"]) if "DriverPitTrkPct" in driver else None,
        sessions=tuple(
            SessionEntry(
                int(entry["SessionNum"]), entry["SessionType"],
                None if entry["SessionLaps"] == "unlimited" else int(entry["SessionLaps"]),
                number(entry["SessionTime"]), *result(entry["ResultsPositions"], mine["CarIdx"]),
            )
            for entry in tree["SessionInfo"]["Sessions"]
        ),
    )  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2500), st.binary(min_size=1, max_size=8)), min_size=1, max_size=10))
def test_any_damage_gives_an_info_or_none(damage: list[tuple[int, bytes]]) -> None:
    raw = bytearray(session_text(**TEAM).encode())  # type: ignore[arg-type]
    for at, junk in damage:
        raw[at : at + len(junk)] = junk
    info = parse_session_text(bytes(raw))
    assert info is None or info.track_id != 0


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1, max_size=40))
def test_any_name_leaves_everything_else_as_it_is(name: str) -> None:
    plain = parse(session_text(encoding="UTF8"), "utf-8")
    info = parse(session_text(user_name=name, encoding="UTF8"), "utf-8")
    assert plain.own is not None
    assert info.own is not None
    assert replace(info, own=plain.own) == plain
    assert replace(info.own, user_name="", team_name="") == replace(plain.own, user_name="", team_name="")
    if not (len(name) > 1 and name[0] == name[-1] == '"'):
        assert info.own.user_name == name.strip()
