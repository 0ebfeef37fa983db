"""The admin's guide can be pasted: its commands run, name the project, and its links lead somewhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from support.cloud_shell import PROJECT, Shell
from support.key_file import key_content, usable_private_key

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "installer" / "ADMIN.md"
README = ROOT / "README.md"


def commands(page: Path, language: str) -> list[str]:
    blocks = re.findall(rf"^ *```{language}\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines()]


def of_the_script(page: Path) -> list[str]:
    return [line for line in commands(page, "sh") if line.startswith("bash google_project.sh")]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the script is for Google's Cloud Shell")
def test_what_it_says_of_the_script_runs_one_after_another(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    lines = [*of_the_script(README), *of_the_script(GUIDE)]
    assert len(lines) == 4
    for line in lines:
        done = shell.run(*shlex.split(line)[2:], typed=f"{PROJECT}\n")
        assert done.returncode == 0, f"{line}: {done.stderr}"
    assert {account.partition("@")[0]: len(keys) for account, keys in shell.google["keys"].items()} == {
        "teamtactics-ada": 1, "teamtactics-ben": 0, "teamtactics-chris": 1, "teamtactics-strategy": 1,
    }  # fmt: skip


def test_every_command_to_google_names_the_project() -> None:
    lines = [line for page in (README, GUIDE) for line in commands(page, "sh") if "gcloud " in line]
    assert len(lines) == 3
    assert [line for line in lines if "--project=PROJECT-ID" not in line] == []


def test_the_test_of_a_key_runs_as_it_stands_there(tmp_path: Path) -> None:
    team = {"key": key_content(private_key=usable_private_key()), "topic": "projects/endurance-team/topics/teamtactics"}
    (tmp_path / "team-ada.json").write_text(json.dumps(team), encoding="utf-8")
    lines = [line for line in commands(GUIDE, "powershell") if line.startswith("& $teamtactics ")]
    assert [shlex.split(line)[2] for line in lines] == ["configure", "check"]
    for line, code in zip(lines, (0, 1), strict=True):
        done = subprocess.run(
            [sys.executable, "-m", "teamtactics", *shlex.split(line)[2:]],
            cwd=tmp_path, env=NO_NETWORK, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
    assert "\u2713 credentials" in done.stdout


NO_NETWORK = {
    **os.environ,
    "PYTHONIOENCODING": "utf-8",
    "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",
    "PUBSUB_EMULATOR_HOST": "127.0.0.1:1",
}
"""Nobody answers there: nothing is asked of Google."""


@pytest.mark.parametrize("page", [README, GUIDE], ids=lambda page: page.name)
def test_its_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    ours = [link for link in links if "://" not in link]
    assert ours, "no links were found"
    for link in ours:
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}
