"""The ini that is shipped."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from teamtactics.settings.first_ini import program_dir, shipped_ini, write_first_ini
from teamtactics.settings.ini import KEYS
from teamtactics.settings.load import load_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def text() -> str:
    return shipped_ini().decode("ascii")


def test_the_one_in_the_package_and_the_one_beside_the_readme_are_identical() -> None:
    assert (ROOT / "teamtactics.ini").read_bytes() == shipped_ini()


def test_as_shipped_it_has_no_problem_and_sets_only_the_logfile(tmp_path: Path) -> None:
    ini = write_first_ini(tmp_path / "config")
    found = load_settings(ini, tmp_path, {"HOME": str(tmp_path)}, "linux")
    assert found.warnings == ()
    assert found.logfile == ini.parent / "irtactics.log"
    assert (found.google_access_token, found.message_topic, found.iracing_id, found.proxy) == (None, None, None, None)
    assert (found.debug, found.simulate, found.state_interval_s) == (False, None, 30.0)


def test_it_has_the_lines_its_users_know(text: str) -> None:
    lines = text.splitlines()
    assert "[global]" in lines
    assert "logfile = irtactics.log" in lines
    for key in ("googleAccessToken", "messageTopic", "iracingId"):
        assert any(re.fullmatch(rf"{key} = <.+>", line) for line in lines)
    for key in ("proxy", "debug", "simulate", "stateInterval", "dataDir"):
        assert any(line.startswith(f";{key} = ") for line in lines)


def test_every_key_is_explained_in_a_comment_above_it(text: str) -> None:
    for key in KEYS:
        assert re.search(rf"^; .+\n;?{key} = ", text, re.MULTILINE), key


def test_each_commented_out_example_is_valid_as_it_stands(text: str, tmp_path: Path) -> None:
    (tmp_path / "session.dump").write_bytes(b"1")
    ini = tmp_path / "teamtactics.ini"
    ini.write_text(re.sub(r"^;(?=[a-z]\w+ = )", "", text, flags=re.MULTILINE | re.IGNORECASE))
    found = load_settings(ini, tmp_path, {}, "linux")
    assert found.warnings == ()
    assert found.debug
    assert found.proxy == "http://proxy.example.com:8080"
    assert found.simulate == tmp_path / "session.dump"
    assert found.data_dir == tmp_path / "data"
    assert found.language == "de"


def test_an_ini_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    ini = tmp_path / "teamtactics.ini"
    ini.write_text("[global]\niracingId = 1\n")
    assert write_first_ini(tmp_path) == ini
    assert ini.read_text() == "[global]\niracingId = 1\n"
    assert list(tmp_path.iterdir()) == [ini]


def test_the_template_in_the_package_is_not_taken_for_an_ini_beside_the_program() -> None:
    assert program_dir() != ROOT / "app" / "teamtactics"
    assert program_dir().is_dir()
