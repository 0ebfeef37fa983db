"""What is said about a key file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from support.cloud_parcels import lap, stored
from support.sinks import firestore_sink
from teamtactics.cloud.connection import Endpoint
from teamtactics.cloud.pubsub import PubSubSink
from teamtactics.cloud.translate import Where
from teamtactics.errors import CredentialsRejected
from teamtactics.settings.credentials import CredentialsProblem, ServiceAccount, read_service_account


@pytest.fixture(scope="module")
def key_file() -> dict[str, Any]:
    """As Google's console hands it out, with a key made for this run."""
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": "my-project",
        "private_key_id": "0123456789abcdef",
        "private_key": pem.decode(),
        "client_email": "teamtactics@my-project.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": "https://oauth2.googleapis.com/token",
    }


def test_a_good_file_gives_project_and_account(tmp_path: Path, key_file: dict[str, Any]) -> None:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key_file))
    assert read_service_account(path) == ServiceAccount(
        "my-project", "teamtactics@my-project.iam.gserviceaccount.com", path
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is not JSON text"),
        (b"\xff\xfe\x00SECRET", "is not JSON text"),
        (b"{'type': 'SECRET'}", "is not JSON text"),
        (b"[" * 100_000, "is not JSON text"),
        (b"[1]", "is not the key file"),
        (b"x" * 1_000_001, "far too large"),
        (b'{"type": "authorized_user", "refresh_token": "SECRET"}', "a person's sign-in"),
        (b'{"installed": {"client_secret": "SECRET"}}', "an OAuth client"),
        (b'{"web": {"client_secret": "SECRET"}}', "an OAuth client"),
        (b'{"type": "external_account"}', "a federated identity"),
        (b'{"apiKey": "SECRET"}', "an API key"),
        (b'{"type": "SECRET"}', "something else"),
        (b'{"type": "service_account", "private_key": "SECRET"}', "lacks project_id, client_email, token_uri"),
    ],
)
def test_what_is_wrong_is_said_without_quoting_the_file(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "key.json"
    path.write_bytes(content)
    problem = read_service_account(path)
    assert isinstance(problem, CredentialsProblem)
    assert says in problem.text
    assert str(path) in problem.text
    assert "SECRET" not in problem.text


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    missing, folder = read_service_account(tmp_path / "no.json"), read_service_account(tmp_path)
    assert isinstance(missing, CredentialsProblem)
    assert isinstance(folder, CredentialsProblem)
    assert "does not exist" in missing.text
    assert "is a folder" in folder.text


@pytest.mark.skipif(sys.platform == "win32", reason="the devices of other systems")
@pytest.mark.timeout(20)
def test_what_has_no_end_is_not_read(tmp_path: Path) -> None:
    """A device, and a pipe into which nobody writes."""
    os.mkfifo(tmp_path / "pipe")
    for path in (Path("/dev/zero"), tmp_path / "pipe"):
        problem = read_service_account(path)
        assert isinstance(problem, CredentialsProblem)
        assert f"{path} is no file but a device" in problem.text


@pytest.mark.parametrize("damage", ["cut", "letters", "marks", "empty"])
def test_a_damaged_key_is_noticed(tmp_path: Path, key_file: dict[str, Any], damage: str) -> None:
    pem = key_file["private_key"]
    lines = pem.splitlines()
    broken = {
        "cut": "\n".join([*lines[:10], lines[-1]]),
        "letters": pem.replace(lines[5], "ä" * 64),
        "marks": "\n".join(lines[1:-1]),
        "empty": "\n".join([lines[0], lines[-1]]),
    }[damage]
    path = tmp_path / "key.json"
    path.write_text(json.dumps({**key_file, "private_key": broken}))
    problem = read_service_account(path)
    assert isinstance(problem, CredentialsProblem)
    assert "damaged private_key" in problem.text
    assert lines[3] not in problem.text


def test_reading_it_loads_no_google_library() -> None:
    """The configuration needs the project id at every start."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys, teamtactics.settings.credentials; sys.exit('google' in sys.modules)"],
        timeout=20,
        check=False,
    )
    assert done.returncode == 0


@pytest.mark.parametrize("content", ["", "{}", '{"type": "service_account", "private_key": "SECRET"}', None])
def test_a_sink_with_a_bad_file_is_rejected_not_dead(tmp_path: Path, content: str | None) -> None:
    """The file may be damaged or removed after the settings were read."""
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    for sink in (firestore_sink(None, "p", credentials=path), PubSubSink("projects/p/topics/t", path)):
        with pytest.raises(CredentialsRejected) as caught:
            sink.deliver(stored(lap("c", 1)))
        assert "teamtactics check" in caught.value.hint
        assert "SECRET" not in str(caught.value)
        assert caught.value.__cause__ is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_our_check_takes_the_library_takes_too(tmp_path: Path, key_file: dict[str, Any], encoding: str) -> None:
    """A key file that Notepad saved with a byte order mark."""
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key_file), encoding)
    assert isinstance(read_service_account(path), ServiceAccount)
    endpoint = Endpoint("firestore.googleapis.com", path, None)
    endpoint.open_channel(Where("firestore", "x", "x", "x")).close()


def test_a_good_file_opens_a_secure_channel(tmp_path: Path, key_file: dict[str, Any]) -> None:
    """Everything up to the network: the way to Google is closed by a proxy that nobody listens on."""
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key_file))
    script = (
        "from pathlib import Path; import sys; sys.path.insert(0, 'tests')\n"
        "from support.cloud_parcels import lap, stored\n"
        "from support.sinks import firestore_sink\n"
        "from teamtactics.errors import TemporaryFailure\n"
        f"try: firestore_sink(None, 'p', credentials=Path({str(path)!r}), timeout_s=2).deliver(stored(lap('c', 1)))\n"
        "except TemporaryFailure as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        env={"https_proxy": "http://127.0.0.1:1", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Firestore database (default) of project p" in done.stdout, done.stderr
