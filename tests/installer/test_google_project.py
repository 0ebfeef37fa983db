"""The admin's script, at a ``gcloud`` that remembers: never another project, nothing twice, an end where it fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.cloud_shell import PROJECT, Shell

ADA = f"teamtactics-ada@{PROJECT}.iam.gserviceaccount.com"
BEN = f"teamtactics-ben@{PROJECT}.iam.gserviceaccount.com"
READER = f"teamtactics-strategy@{PROJECT}.iam.gserviceaccount.com"

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="the script is for Google's Cloud Shell")]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def writes(calls: list[list[str]]) -> list[list[str]]:
    """What changes something at Google's; granting what is granted changes nothing."""
    return [
        words
        for words in calls
        if {"create", "delete", "disable", "enable"} & set(words[:4]) and words[0] != "services"
    ]


def test_a_team_is_set_up_with_the_two_roles_and_a_key_for_each_member(shell: Shell) -> None:
    done = shell.run("ada", "ben", typed=f"{PROJECT}\n")
    assert done.returncode == 0, done.stderr
    google = shell.google
    assert google["databases"] == {"(default)": "FIRESTORE_NATIVE\tSTANDARD"}
    assert google["services"] == ["firestore.googleapis.com", "iam.googleapis.com", "pubsub.googleapis.com"]
    assert sorted(google["bindings"]) == sorted(
        [where, f"serviceAccount:{account}", role]
        for account in (ADA, BEN)
        for where, role in (
            (f"projects add-iam-policy-binding {PROJECT}", "roles/datastore.user"),
            ("pubsub topics teamtactics", "roles/pubsub.publisher"),
        )
    )
    assert google["keys"] == {ADA: ["key1"], BEN: ["key1"]}
    assert shell.key_files == ["teamtactics-ada.json", "teamtactics-ben.json"]
    assert shell.team_files == {
        f"team-{name}.json": {"key": {"of": account}, "topic": f"projects/{PROJECT}/topics/teamtactics"}
        for name, account in (("ada", ADA), ("ben", BEN))
    }
    names = [*shell.key_files, *shell.team_files]
    assert {(shell.folder / name).stat().st_mode & 0o077 for name in names} == {0}
    assert all(f"  {name}\n" in done.stdout for name in names)


@pytest.mark.slow
def test_every_call_names_the_project_whatever_the_shell_has_set(shell: Shell) -> None:
    shell.set_up("ada")
    assert shell.run("--project", PROJECT, "--reader", "strategy").returncode == 0
    assert shell.run("--project", PROJECT, "--withdraw", "ada").returncode == 0
    assert len(shell.calls) > 20
    assert [words for words in shell.calls if words[words.index("--project") + 1] != PROJECT] == []


def test_an_id_that_somebody_has_stops_everything(shell: Shell) -> None:
    shell.change(foreign=[PROJECT])
    done = shell.run("--project", PROJECT, "ada")
    assert done.returncode == 1
    assert "already in use" in done.stderr
    assert "take another one" in done.stderr
    assert [words[:2] for words in shell.calls] == [["projects", "describe"], ["projects", "create"]]


@pytest.mark.slow
def test_a_second_run_changes_nothing(shell: Shell) -> None:
    shell.set_up("ada", "ben")
    before = shell.google
    done = shell.run("--project", PROJECT, "ada", "ben")
    assert done.returncode == 0, done.stderr
    after = shell.google
    assert writes(after["calls"][len(before["calls"]) :]) == []
    assert {**after, "calls": []} == {**before, "calls": []}


@pytest.mark.slow
def test_a_new_member_gets_a_key_and_the_others_keep_theirs(shell: Shell) -> None:
    shell.set_up("ada")
    shell.set_up("ada", "ben")
    assert shell.google["keys"] == {ADA: ["key1"], BEN: ["key1"]}


@pytest.mark.parametrize(("typed", "code"), [("", 1), ("yes\n", 1), (f"{PROJECT}\n", 0)])
def test_a_project_of_another_origin_is_taken_only_when_its_id_is_typed_again(
    shell: Shell, typed: str, code: int
) -> None:
    shell.change(projects={PROJECT: "made-for=something-else"})
    done = shell.run("--project", PROJECT, "ada", typed=typed)
    assert done.returncode == code
    assert bool(writes(shell.calls)) == (code == 0)


def test_a_new_account_is_waited_for(shell: Shell) -> None:
    shell.fails("projects add-iam-policy-binding", f"INVALID_ARGUMENT: Service account {ADA} does not exist.", times=3)
    shell.set_up("ada")
    assert shell.slept == ["5", "10", "20"]
    assert shell.key_files == ["teamtactics-ada.json"]


@pytest.mark.some(3)
@pytest.mark.parametrize(
    ("begins", "says", "hint"),
    [
        ("pubsub topics create", "FAILED_PRECONDITION: Billing is not enabled", "Link a billing account"),
        ("iam service-accounts keys create", "FAILED_PRECONDITION: Key creation is not allowed", "keys are forbidden"),
        ("firestore databases create", "INVALID_ARGUMENT: no such location", "firestore databases create failed"),
    ],
)
def test_what_fails_stops_everything_at_once_and_says_what_to_do(
    shell: Shell, begins: str, says: str, hint: str
) -> None:
    shell.fails(begins, says)
    done = shell.run("--project", PROJECT, "ada", "ben")
    assert done.returncode == 1
    assert says in done.stderr
    assert hint in done.stderr
    assert " ".join(shell.calls[-1]).startswith(begins)
    assert shell.slept == []
    shell.change(troubles=[])
    shell.set_up("ada", "ben")
    assert shell.google["keys"] == {ADA: ["key1"], BEN: ["key1"]}


def test_a_database_of_another_kind_is_refused(shell: Shell) -> None:
    shell.set_up("ada")
    shell.change(databases={"(default)": "DATASTORE_MODE\tSTANDARD"})
    done = shell.run("--project", PROJECT, "ben")
    assert done.returncode == 1
    assert "another kind" in done.stderr
    assert shell.key_files == ["teamtactics-ada.json"]


def test_a_database_that_is_not_the_free_one_is_told(shell: Shell) -> None:
    shell.change(free_tier="False")
    assert "another database of this project has the free tier" in shell.run("--project", PROJECT, "ada").stdout


@pytest.mark.slow
def test_one_member_is_withdrawn_alone_and_not_let_in_again_by_chance(shell: Shell) -> None:
    shell.set_up("ada", "ben")
    done = shell.run("--project", PROJECT, "--withdraw", "ben")
    assert done.returncode == 0, done.stderr
    assert shell.google["accounts"] == {ADA: "False", BEN: "True"}
    assert shell.google["keys"] == {ADA: ["key1"], BEN: []}
    again = shell.run("--project", PROJECT, "ada", "ben")
    assert again.returncode == 1
    assert "ben was withdrawn" in again.stderr
    assert shell.google["keys"] == {ADA: ["key1"], BEN: []}


def test_a_withdrawal_that_fails_does_not_say_that_it_is_done(shell: Shell) -> None:
    shell.set_up("ada")
    shell.fails("iam service-accounts disable", "PERMISSION_DENIED")
    done = shell.run("--project", PROJECT, "--withdraw", "ada")
    assert done.returncode == 1
    assert "no access any more" not in done.stdout


def test_whoever_is_not_there_cannot_be_withdrawn(shell: Shell) -> None:
    shell.set_up("ada")
    done = shell.run("--project", PROJECT, "--withdraw", "bne")
    assert done.returncode == 1
    assert "no account of bne" in done.stderr


def test_a_reader_reads_and_has_an_ordered_subscription_that_does_not_expire(shell: Shell) -> None:
    done = shell.run("--project", PROJECT, "--reader", "strategy")
    assert done.returncode == 0, done.stderr
    create = next(words for words in shell.calls if words[:3] == ["pubsub", "subscriptions", "create"])
    assert {"--enable-message-ordering", "--expiration-period=never", "--topic=teamtactics"} <= set(create)
    assert {role for _, _, role in shell.google["bindings"]} == {"roles/datastore.viewer", "roles/pubsub.subscriber"}
    assert shell.team_files == {}, "a program takes its key alone"
    assert shell.google["keys"] == {READER: ["key1"]}


def test_a_subscription_without_ordering_is_refused(shell: Shell) -> None:
    shell.change(subscriptions={"teamtactics-strategy": ""})
    done = shell.run("--project", PROJECT, "--reader", "strategy")
    assert done.returncode == 1
    assert "has no ordering" in done.stderr
    assert shell.key_files == []


def test_without_a_topic_nothing_of_pubsub_is_touched(shell: Shell) -> None:
    shell.set_up("--no-topic", "ada")
    assert [words for words in shell.calls if "pubsub" in " ".join(words)] == []
    assert shell.key_files == ["teamtactics-ada.json"]
    assert shell.team_files == {"team-ada.json": {"key": {"of": ADA}}}


@pytest.mark.slow
def test_a_topic_that_comes_later_stands_in_the_team_file_when_the_key_is_still_here(shell: Shell) -> None:
    shell.set_up("--no-topic", "ada", "ben")
    (shell.folder / "teamtactics-ben.json").unlink()
    (shell.folder / "team-ben.json").unlink()
    shell.set_up("ada", "ben")
    assert shell.team_files == {
        "team-ada.json": {"key": {"of": ADA}, "topic": f"projects/{PROJECT}/topics/teamtactics"}
    }


def test_an_old_file_of_that_name_is_not_overwritten(shell: Shell) -> None:
    (shell.folder / "teamtactics-ada.json").write_text("old", encoding="utf-8")
    done = shell.run("--project", PROJECT, "ada")
    assert done.returncode == 1
    assert "teamtactics-ada.json" in done.stderr
    assert (shell.folder / "teamtactics-ada.json").read_text() == "old"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["ada"], "no project id"),
        (["--project", "My Team", "ada"], "is no project id"),
        (["--project", PROJECT], "name the members"),
        (["--project", PROJECT, "Ada Falk"], "is no name for an account"),
        (["--project", PROJECT, "--reader", "a b"], "is no name for an account"),
        (["--project", PROJECT, "--topic", "goog-x", "ada"], "is no topic"),
        (["--project", PROJECT, "--topic"], "needs a value"),
        (["--project", PROJECT, "--raeder", "x"], "no option --raeder"),
        (["--project", PROJECT, "--withdraw", "ben", "ada"], "goes alone"),
    ],
)
def test_a_slip_is_said_before_google_is_asked(shell: Shell, words: list[str], says: str) -> None:
    done = shell.run(*words)
    assert done.returncode == 1
    assert says in done.stderr
    assert shell.calls == []
