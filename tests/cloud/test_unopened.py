"""Google's messages without Google's clients."""

from __future__ import annotations

import subprocess
import sys

import pytest

from teamtactics.cloud.calls.unopened import unopened

HEAVY = (
    "google.api_core",
    "google.auth",
    "google.oauth2",
    "google.cloud.firestore_v1.services",
    "google.cloud.firestore_v1.async_client",
    "google.pubsub_v1.services",
    "google.iam",
    "requests",
    "urllib3",
    "opentelemetry",
    "cryptography",
)
"""What the packages' own ``__init__`` would load, and what only a sign-in or a check needs."""


def run(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_both_clouds_are_ready_without_what_nobody_calls() -> None:
    script = (
        "import sys, teamtactics.cloud.watch, teamtactics.cloud.firestore, teamtactics.cloud.pubsub as pubsub\n"
        "pubsub.PubSubSink('projects/p/topics/t', emulator='127.0.0.1:1')\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert run(script) == "[]"


@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_google_s_own_client_can_still_be_had_in_the_same_process(first: str) -> None:
    """Whole, with the very same messages, whoever was there first."""
    imports = {
        "ours": "import teamtactics.cloud.wire as wire, teamtactics.cloud.pubsub as pubsub",
        "theirs": "from google.cloud import firestore, firestore_v1\n"
        "from google.pubsub_v1 import PublisherClient, types",
    }
    order = [imports[first], *(text for name, text in imports.items() if name != first)]
    script = "\n".join(
        [
            *order,
            "assert firestore.Client and firestore_v1.Client and PublisherClient",
            "assert wire.COMMIT.request is firestore_v1.types.CommitRequest.pb()",
            "assert pubsub.types.PublishRequest is types.PublishRequest",
        ]
    )
    run(script)


def test_a_package_that_is_no_more_is_said_at_once() -> None:
    """A new version of Google's libraries with other folders: nobody is to find out at a race."""
    with pytest.raises(ModuleNotFoundError, match=r"google\.nowhere_v1"), unopened("google.nowhere_v1"):
        pass
    with pytest.raises(ModuleNotFoundError, match="antigravity is no package"), unopened("antigravity"):
        pass


def test_a_module_that_is_no_more_leaves_nothing_behind() -> None:
    script = (
        "import sys\n"
        "from teamtactics.cloud.calls.unopened import unopened\n"
        "try:\n"
        "    with unopened('google.pubsub_v1', 'google.pubsub_v1.types'):\n"
        "        import google.pubsub_v1.types.nothing\n"
        "except ModuleNotFoundError as error:\n"
        "    print(error.name, 'google.pubsub_v1' in sys.modules)"
    )
    assert run(script) == "google.pubsub_v1.types.nothing False"
