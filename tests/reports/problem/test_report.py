"""A report holds what a developer needs to see a problem again, and nobody's name."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reported.replaying import Reported, as_recorded, as_replayed, differences
from reports.problem.taped_race import AL, BEGAN, JUERGEN, RIVALS, Pc, script_of
from teamtactics.race.eyes import fuel
from teamtactics.reports.problem.recorded import NoSuchSession
from teamtactics.reports.problem.report import Wish, write_report
from teamtactics.telemetry.tape.chunk import decode, stretches
from tools import report_to_test

NAMES = (AL.name, JUERGEN.name, "Jürgen", "Straße", *RIVALS)
NUMBERS = (410001, 410002, 402568, 491261)
SECRETS = (
    "PRIVATE KEY",
    "team-key",
    "fast-project",
    "secret-topic",
    "alfons",
    "pass1234",
    "proxyhost",
    "Berg",
    "@example",
)


def made(pc: Pc, wish: Wish | None = None) -> Path:
    with pc.outbox() as outbox:
        return write_report(
            pc.settings, pc.log, lambda: outbox, wish or Wish(folder=pc.reports), BEGAN + timedelta(minutes=9)
        )


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> Pc:
    """After a race with two drivers; the tests only read it."""
    pc = Pc(tmp_path_factory.mktemp("pc"))
    pc.race(script_of("double-stint"))
    return pc


def texts_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield all that stands in a report, a tape's texts and what it says of itself too."""
    with zipfile.ZipFile(path) as held:
        for name in held.namelist():
            yield "name", name
            content = held.read(name)
            if not name.endswith(".tape"):
                yield name, content.decode("utf-8")
                continue
            yield name, content.decode("latin-1")
            with held.open(name) as file:
                for body in stretches(file):  # type: ignore[arg-type]
                    assert body is not None
                    for reading in decode(body):
                        if reading.text is not None:
                            yield "session text", reading.text.decode("latin-1")


def test_nobody_and_no_secret_is_in_it(raced: Pc) -> None:
    path = made(raced, Wish(lap=3, folder=raced.reports))
    found = {
        (where, wanted)
        for where, text in {*texts_of(path)}
        for wanted in (*NAMES, *map(str, NUMBERS), *SECRETS)
        # A tape's compressed bytes hold every short word by chance.
        if not (where.endswith(".tape") and len(wanted) < 6)
        and re.search(rf"(?<![\w.]){re.escape(wanted)}(?!\w|\.\d)", text, re.IGNORECASE)
    }
    assert found == set()
    assert "410001.25" in dict(texts_of(path))["irtactics.log"], "a lap time is no customer id"
    assert not any(name in path.name for name in NAMES)


def test_the_same_person_has_the_same_name_everywhere(raced: Pc) -> None:
    found = dict(texts_of(made(raced)))
    held = json.loads(found["documents.json"])
    drivers = {(lap["Driver"], lap["CustomerID"]) for lap in held["laps"]}
    assert len({name for name, _ in drivers}) == len(drivers) == 2
    for name, number in drivers:
        assert name in found["irtactics.log"]
        assert re.search(rf"UserName: {name}\n.*\n.*\n   UserID: {number}\n", "".join(_session_texts(made(raced))))
    (info,) = held["recorded"]["info"][-1:]
    assert info["TeamName"] in {name for name, _ in drivers}, "the team is called as its driver"
    assert held["collection"].startswith(f"{info['TeamName']}@{info['SessionID']}#{info['SubSessionID']}#")


def _session_texts(path: Path) -> list[str]:
    return [text for where, text in texts_of(path) if where == "session text"]


@pytest.mark.slow
def test_every_other_byte_of_a_session_text_stays(raced: Pc) -> None:
    (tape,) = (raced.data / "tapes").iterdir()
    with tape.open("rb") as file:
        before = [each.text for body in stretches(file) if body for each in decode(body) if each.text]
    touched = re.compile(
        rb"((?:UserName|TeamName|AbbrevName|Initials|UserID|TeamID|SessionID|DriverUserID|DriverSetupName):)[^\n]*"
    )
    after = {touched.sub(rb"\1", text.encode("latin-1")) for text in _session_texts(made(raced))}
    assert after == {touched.sub(rb"\1", text) for text in before}


def test_it_becomes_a_test_that_passes(raced: Pc, tmp_path: Path) -> None:
    path = made(raced, Wish(lap=4, folder=raced.reports))
    assert report_to_test.main([str(path), "--name", "double stint!", "--into", str(tmp_path)]) == 0
    reported = Reported(tmp_path / "double_stint")
    assert 4 in reported.whole_laps()
    assert differences(as_recorded(reported), as_replayed(reported, tmp_path)) == []


@pytest.mark.slow
def test_a_rule_that_was_wrong_then_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its race was recorded by a client whose rule for fillings is broken."""
    pc = Pc(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(fuel, "NOISE_L", 1.0)
        pc.race(script_of("solo"))
    path = made(pc)
    assert report_to_test.main([str(path), "--name", "fuel", "--into", str(tmp_path)]) == 0
    reported = Reported(tmp_path / "fuel")
    then, now = as_recorded(reported), as_replayed(reported, tmp_path)
    assert "lap 2 as known[0] FuelAdded: 0.0 then, 24.99" in "\n".join(differences(then, now))
    assert {name for name in then if then[name] != now[name]} == {
        f"lap 2 as {how}" for how in ("told", "seen", "known")
    }
    (was,), (is_now,) = then["lap 2 as known"], now["lap 2 as known"]
    assert {name for name in was if was[name] != is_now[name]} == {"FuelAdded", "FuelUsed"}
    assert (was["FuelAdded"], round(is_now["FuelAdded"])) == (0.0, 25)

    assert report_to_test.main([str(path), "--name", "fuel", "--into", str(tmp_path), "--accept"]) == 0
    (tmp_path / "again").mkdir()
    assert as_recorded(reported) == as_replayed(reported, tmp_path / "again") == now
    assert "2" in capsys.readouterr().out


def test_the_ini_is_told_without_comments_and_secrets(raced: Pc) -> None:
    ini = dict(texts_of(made(raced)))["teamtactics.ini"]
    assert "messageTopic = [set]\n" in ini
    assert "proxy = [set]\n" in ini
    assert "the key of" not in ini


def test_without_a_tape_and_without_a_log_it_says_so(raced: Pc, tmp_path: Path) -> None:
    with raced.outbox() as outbox:
        elsewhere = replace(raced.settings, data_dir=tmp_path, logfile=tmp_path / "no.log")
        path = write_report(elsewhere, None, lambda: outbox, Wish(), datetime.now(UTC))
    said = json.loads(dict(texts_of(path))["report.json"])
    assert said["missing"][0] == "tape: there is none of this session"
    assert path.parent == tmp_path / "reports"


def test_before_the_first_session_there_is_a_report_too(tmp_path: Path) -> None:
    pc = Pc(tmp_path)
    path = write_report(pc.settings, pc.log, lambda: None, Wish(), datetime.now(UTC))
    found = dict(texts_of(path))
    assert "documents: nothing is recorded yet" in json.loads(found["report.json"])["missing"]
    assert "documents.json" not in found
    with pytest.raises(NoSuchSession):
        write_report(pc.settings, pc.log, lambda: None, Wish(lap=3), datetime.now(UTC))


def test_a_damaged_stretch_is_left_out_and_said(tmp_path: Path) -> None:
    pc = Pc(tmp_path)
    pc.race(script_of("solo"))
    (tape,) = (pc.data / "tapes").iterdir()
    raw = bytearray(tape.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    tape.write_bytes(raw + b"\nttape1\ncut off")
    found = dict(texts_of(made(pc)))
    assert "tape: 2 damaged stretches" in json.loads(found["report.json"])["missing"]
    assert "session text" in found


def test_a_session_or_lap_that_is_not_there_is_said(raced: Pc) -> None:
    with pytest.raises(NoSuchSession, match="no session '99'"):
        made(raced, Wish(session="99"))
    with pytest.raises(NoSuchSession, match="known are 1 to 7"):
        made(raced, Wish(lap=99))


def test_on_a_full_disk_no_half_report_is_left(raced: Pc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        made(raced, Wish(folder=tmp_path / "to"))
    assert [*(tmp_path / "to").iterdir()] == []


def test_two_reports_in_a_second_are_two(raced: Pc, tmp_path: Path) -> None:
    assert made(raced, Wish(folder=tmp_path)) != made(raced, Wish(folder=tmp_path))
    assert len([*tmp_path.iterdir()]) == 2
