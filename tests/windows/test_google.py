"""The installed program and Google: keys that do not work, TLS, and a proxy between the two."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.client import until
from race_sim import truth
from race_sim.compare import differences
from race_sim.named_scripts import ADA, script_named
from support.firestore_reader import FirestoreReader
from support.google_behind_proxy import GoogleBehindProxy
from support.key_file import secret_pieces, usable_private_key, write_key_file
from support.pubsub_reader import PubSubReader
from support.refusing import refusing_server
from teamtactics.tray.sign import Badge, Face
from windows.desktop import Desktop
from windows.frozen import Build
from windows.icon_reader import shows
from windows.installed import Installed
from windows.simulator_process import SimulatorProcess

pytestmark = [pytest.mark.slow, pytest.mark.emulator, pytest.mark.timeout(900)]

FIRESTORE, PUBSUB = "firestore.googleapis.com", "pubsub.googleapis.com"
PROJECT = "endurance-team"
TOPIC = "laps"
PRIVATE_KEY = usable_private_key()
"""A key that signs; Google has never heard of it."""


@pytest.fixture
def app(pc: Desktop, build: Build) -> Installed:
    installed = Installed(pc, build)
    installed.install("/AUTOSTART=0")
    return installed


@pytest.fixture
def google(firestore_emulator: str, pubsub_emulator: str) -> Iterator[GoogleBehindProxy]:
    with GoogleBehindProxy({FIRESTORE: firestore_emulator, PUBSUB: pubsub_emulator}) as made:
        yield made


def write_ini(app: Installed, **settings: str) -> None:
    app.settings.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{key} = {value}\n" for key, value in {"logfile": "irtactics.log", **settings}.items())
    app.ini.write_text(f"[global]\n{lines}", encoding="utf-8")


def assert_nothing_secret(app: Installed, *texts: str) -> None:
    """No file of the program's folders but the key file itself, and no output, holds a piece of the key."""
    pieces = [*secret_pieces(), *(line for line in PRIVATE_KEY.splitlines() if len(line) >= 20 and "KEY" not in line)]
    files = [path for folder in (app.settings, app.data) for path in folder.rglob("*") if path.suffix != ".json"]
    for content in (*(path.read_bytes() for path in files if path.is_file()), *(text.encode() for text in texts)):
        assert [piece for piece in pieces if piece.encode() in content] == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no file"),
        ({"type": "authorized_user"}, "a person's sign-in (gcloud auth), not the key file of a service account"),
        (
            {"private_key": "-----BEGIN PRIVATE KEY-----\nTWFya2VyT2ZUaGVLZXlGaWxlNDcxMQ==\n-----END"},
            "damaged private_key",
        ),
    ],
    ids=["missing", "wrong kind", "broken"],
)
def test_a_key_file_that_cannot_work_is_named_in_check_log_and_tray(
    content: dict[str, object] | None, says: str, app: Installed
) -> None:
    write_ini(app, googleAccessToken="key.json", messageTopic=TOPIC)
    if content is not None:
        write_key_file(app.settings / "key.json", **content)
    code, output = app.cli("check")
    assert code == 1, output
    assert f"FAIL credentials: {app.pc.windows_path(app.ini)}:3: googleAccessToken" in output, output
    assert says in output
    app.start()
    until(lambda: shows(app.pc, lambda sign: sign.badge is Badge.DANGER), 30.0, app.log)
    app.wait_for(says)
    assert_nothing_secret(app, output)


def test_without_a_key_everything_works_and_stays_here(app: Installed) -> None:
    write_ini(app)
    _, output = app.cli("check")
    assert "googleAccessToken is not set: everything stays in the local store" in output
    assert "FAIL" not in output.replace("FAIL iRacing", ""), output
    app.start()
    until(lambda: shows(app.pc, lambda sign: sign.face is Face.WAITING), 30.0, app.log)


def test_a_key_that_google_refuses_is_said_and_the_laps_are_kept(app: Installed) -> None:
    words = "Request had invalid authentication credentials."
    with (
        refusing_server("UNAUTHENTICATED", words) as refusing,
        GoogleBehindProxy({FIRESTORE: refusing, PUBSUB: refusing}) as google,
    ):
        app.environment["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = app.pc.windows_path(google.authority)
        write_ini(app, googleAccessToken="key.json", messageTopic=TOPIC, proxy=google.proxy)
        write_key_file(app.settings / "key.json", private_key=PRIVATE_KEY)
        code, output = app.cli("check")
        assert code == 1
        assert "FAIL Firestore:" in output and "FAIL topic:" in output, output
        app.start()
        with SimulatorProcess(app.pc, "solo", ADA.customer_id, 240.0) as simulator:
            app.wait_for("connected to")
            simulator.go()
            simulator.until_lap(1)
            until(lambda: shows(app.pc, lambda sign: sign.badge is Badge.DANGER), 60.0, app.log)
            app.wait_for("lap 1 ")
        assert output.count("Google does not accept the credentials") == 2
        app.wait_for("Google does not accept the credentials")
    assert_nothing_secret(app, output)


def test_through_a_proxy_and_tls_of_a_trusted_authority_a_race_reaches_both_clouds(
    app: Installed, google: GoogleBehindProxy, firestore_emulator: str, pubsub_emulator: str
) -> None:
    script = script_named("solo")
    collection = truth.collection(script, 0)
    reader = FirestoreReader(firestore_emulator, PROJECT)
    app.environment["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = app.pc.windows_path(google.authority)
    write_ini(app, googleAccessToken="key.json", messageTopic=TOPIC, proxy=google.proxy)
    write_key_file(app.settings / "key.json", private_key=PRIVATE_KEY)
    with PubSubReader(pubsub_emulator, PROJECT, TOPIC) as subscriber:
        _, output = app.cli("check")
        assert "OK   Firestore:" in output, output
        # Google's emulator does not know who may publish; that it says so has come through proxy and TLS.
        assert f"instead of topic projects/{PROJECT}/topics/{TOPIC} (unimplemented)" in output, output
        assert f"{FIRESTORE}:443" in google.asked and f"{PUBSUB}:443" in google.asked
        google.asked.clear()
        app.start()
        with SimulatorProcess(app.pc, "solo", ADA.customer_id, 240.0) as simulator:
            app.wait_for("connected to")
            simulator.go()
            simulator.until("ended", 120.0)
            expected = truth.laps(script)
            until(lambda: len(reader.laps(collection)) >= len(expected), 60.0, app.log)
        got = [lap["LapCompleted"] for lap in reader.laps(collection)]
        assert got == [lap["LapCompleted"] for lap in expected], differences(expected, reader.laps(collection))
        until(lambda: {f"{FIRESTORE}:443", f"{PUBSUB}:443"} <= set(google.asked), 10.0, lambda: str(google.asked))
        told = {message.id: message for message in subscriber.pull_all()}.values()
        assert sum(message.type == "lap" for message in told) == len(expected)
    assert "127.0.0.1:32034" not in " ".join(google.asked), "the simulator is never asked through the proxy"
    assert_nothing_secret(app, output)


def test_a_certificate_of_an_unknown_authority_is_refused(app: Installed, google: GoogleBehindProxy) -> None:
    write_ini(app, googleAccessToken="key.json", messageTopic=TOPIC, proxy=google.proxy)
    write_key_file(app.settings / "key.json", private_key=PRIVATE_KEY)
    code, output = app.cli("check")
    assert code == 1
    assert "FAIL Firestore:" in output and "FAIL topic:" in output, output
    assert "certificate" in output, "and it says why"
    assert f"{FIRESTORE}:443" in google.asked, "it did get there"


def test_a_dead_proxy_is_reported_as_such(app: Installed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    write_ini(app, googleAccessToken="key.json", messageTopic=TOPIC, proxy=f"http://127.0.0.1:{port}")
    write_key_file(app.settings / "key.json", private_key=PRIVATE_KEY)
    code, output = app.cli("check")
    assert code == 1
    assert f"FAIL proxy: the proxy http://127.0.0.1:{port} cannot be reached" in output
    assert "FAIL Firestore:" in output and "FAIL topic:" in output


def test_folders_with_blanks_umlauts_and_percent_signs_and_a_read_only_program(
    pc: Desktop, build: Build, firestore_emulator: str
) -> None:
    app = Installed(pc, build, r"C:\Rennen & Spaß\100% täktik", {"FIRESTORE_EMULATOR_HOST": firestore_emulator})
    keys = pc.folder / "50% Schlüssel & mehr"
    keys.mkdir()
    key = write_key_file(keys / "te%TEMP%am schlüssel.json")
    app.install(f'/CREDENTIALS="{pc.windows_path(key)}"', "/AUTOSTART=1")
    assert (app.folder / "teamtactics.exe").is_file()
    assert (app.settings / key.name).read_bytes() == key.read_bytes()
    before = snapshot(app.folder)
    for path in (app.folder, *app.folder.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    code, output = app.cli("check")
    assert "OK   Firestore:" in output, output
    program = app.start()
    code, output = app.cli("quit")
    assert code == 0, output
    assert program.wait(30.0)[0] == 0
    assert snapshot(app.folder) == before, "a running program writes nothing beside itself"
    for path in (app.folder, *app.folder.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)
    app.uninstall("/DELETEDATA", "/DELETEKEY")
    assert not app.folder.exists()
    assert not app.settings.exists() and not app.data.exists(), "told to, it deletes the user's data"


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}
