"""
Whatever stands in a file that somebody gives us: only our own errors, and none takes longer than two seconds.

    TEAMTACTICS_EXAMPLES=10000 python -m pytest tests/corrupt

is the nightly size.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corrupt.damage import Blow, blows, many, struck
from support.image_writer import ImageWriter, session_text
from support.key_file import key_content, usable_private_key
from support.recording_writer import write_recording
from teamtactics.cloud.connection import Endpoint
from teamtactics.cloud.translate import Where
from teamtactics.errors import ConfigError, CredentialsRejected, TelemetryError
from teamtactics.race.tracker import Tracker
from teamtactics.redaction import Redactor
from teamtactics.reports.check import CheckProbes, print_results, run_checks
from teamtactics.settings.credentials import CredentialsProblem, read_service_account
from teamtactics.settings.edit import with_value
from teamtactics.settings.first_ini import shipped_ini
from teamtactics.settings.ini import KEYS, decode_ini, parse_ini
from teamtactics.settings.load import load_settings, load_usable_settings
from teamtactics.settings.settings import Unsound
from teamtactics.telemetry.image import ImageSource
from teamtactics.telemetry.opening import open_source
from teamtactics.telemetry.recording import RecordingSource
from teamtactics.telemetry.session_text import parse_session_text
from teamtactics.telemetry.source import Source


class NullText:
    """Where the check's lines go; a Windows console of the West."""

    encoding = "cp1252"

    def write(self, text: str) -> int:
        return len(text.encode(self.encoding))


pieces = st.sampled_from(
    ["[global]", "[", "]", "=", ":", ";", "\n", "\r", "\r\n", " ", '"', "'", "<", ">", "\u202a", "\xa0", "\ufeff", "\0",
     "http://me:secret@h:1", "C:\\", "..", "/", "projects/p/topics/", "1e999", "\ud7ff", "😀", "é", "x" * 5000, *KEYS]
)  # fmt: skip
ini_texts = st.one_of(
    st.binary(max_size=2000),
    st.lists(st.one_of(pieces, st.text(max_size=8)), max_size=60).map(lambda parts: "".join(parts).encode()),
    st.tuples(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), blows()).map(
        lambda case: struck(shipped_ini().decode().encode(case[0]), case[1])
    ),
    st.tuples(pieces, st.integers(1, 50_000)).map(lambda case: (case[0] * case[1])[:500_000].encode()),
)


@many
@given(raw=ini_texts, key=st.sampled_from(KEYS), value=st.one_of(pieces, st.text(max_size=20)))
def test_any_ini_is_read_checked_and_edited(tmp_path: Path, raw: bytes, key: str, value: str) -> None:
    ini = tmp_path / "teamtactics.ini"
    ini.write_bytes(raw)
    env = {"HOME": str(tmp_path)}
    _settings, wrong = load_usable_settings(ini, tmp_path, env, "linux")
    try:
        settings = load_settings(ini, tmp_path, env, "linux")
        assert wrong is None
    except ConfigError as error:
        assert str(error) == str(wrong)
        settings = error  # type: ignore[assignment]
    probes = CheckProbes(lambda: "", lambda: "", lambda: True)
    if isinstance(settings, Unsound):
        # The folder that a random text names is not made.
        settings = Unsound(settings.problems, replace(settings.sound, data_dir=tmp_path / "data"))  # type: ignore[assignment]
        print_results(run_checks(settings, probes), datetime.now(UTC), NullText())  # type: ignore[arg-type]
    try:
        changed = with_value(raw, key, value)
    except ValueError:
        return
    assert parse_ini(decode_ini(changed), "x").entries[key.lower()].value == value


@cache
def sound_key() -> bytes:
    return json.dumps(key_content(private_key=usable_private_key()), indent=2).encode()


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=8,
)
key_files = st.one_of(
    st.binary(max_size=500),
    blows().map(lambda damage: struck(sound_key(), damage)),
    st.dictionaries(st.sampled_from(list(key_content())), anything, max_size=4).map(
        lambda changes: json.dumps(json.loads(sound_key()) | changes).encode()
    ),
    st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]).map(lambda name: sound_key().decode().encode(name)),
    st.integers(1, 200_000).map(lambda depth: b"[" * depth),
    st.integers(1, 20_000).map(lambda digits: b'{"type": ' + b"9" * digits + b"}"),
)


@many
@given(raw=key_files)
def test_any_key_file_is_judged_and_what_we_take_the_library_takes(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "key.json"
    path.write_bytes(raw)
    found = read_service_account(path)
    try:
        Endpoint("firestore.googleapis.com", path, None).open_channel(Where("firestore", "x", "x", "x")).close()
    except CredentialsRejected as error:
        # A damage in the middle of the key that leaves its outer shape whole only the library can see.
        assert isinstance(found, CredentialsProblem) or "cannot be used" in str(error)


lines = st.sampled_from(
    ["WeekendInfo:", "SessionInfo:", "DriverInfo:", " Sessions:", " Drivers:", " - SessionNum: 0", " - CarIdx: 5",
     "     CarIdx: 5", "   UserName: x", " TrackID: 1", " Encoding: UTF8", " Encoding: KOI8-R", " DriverCarIdx: 5",
     " DriverCarIdx: 999999999999999", "...", "---", "   UserID: 1e99", " TrackID: " + "9" * 400]
)  # fmt: skip
session_texts = st.one_of(
    st.binary(max_size=3000),
    blows().map(lambda damage: struck(session_text().encode(), damage)),
    st.lists(st.one_of(lines, st.text(max_size=20)), max_size=80).map(lambda some: "\n".join(some).encode()),
    st.tuples(lines, st.integers(1, 30_000)).map(lambda case: (f"{case[0]}\n" * case[1])[:524_287].encode()),
    st.tuples(lines, st.integers(1, 30_000)).map(
        lambda case: (session_text() + "\n" + f"{case[0]}\n" * case[1])[:524_287].encode()
    ),
)


@many
@given(raw=session_texts)
def test_any_session_text_is_read(raw: bytes) -> None:
    info = parse_session_text(raw)
    assert info is None or info.track_id


@cache
def sound_image() -> bytes:
    image = ImageWriter(None)
    image.write_session_text(session_text())
    for number in range(4):
        image.write_tick({"SessionTime": 10 + number / 60, "IsOnTrackCar": True, "Lap": 1, "FuelLevel": 5.0})
    return bytes(image.memory)


HEADER = 0.006
"""Share of an image that is header and table of variables: some 7 kB of 1.2 MB."""


@many
@given(damage=st.one_of(blows(HEADER), blows(HEADER / 20), blows()), name=st.sampled_from(["x.dump", "x.ibt", "x"]))
def test_any_image_gives_frames_or_our_error(tmp_path: Path, damage: list[Blow], name: str) -> None:
    path = tmp_path / name
    path.write_bytes(struck(sound_image(), damage))
    try:
        source = open_source(path, None)
    except TelemetryError:
        return
    play(source)


@many
@given(damage=st.one_of(blows(HEADER), blows()), real=st.integers(0, 20))
def test_any_real_image_gives_frames_or_our_error(
    tmp_path: Path, shared_data: Path, damage: list[Blow], real: int
) -> None:
    images = sorted(shared_data.rglob("*.dump"))
    path = tmp_path / "x.dump"
    path.write_bytes(struck(read(images[real % len(images)]), damage))
    play(ImageSource(path))


@cache
def read(path: Path) -> bytes:
    return path.read_bytes()


@dataclass(frozen=True)
class Tape:
    content: bytes


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Tape:
    return Tape(write_recording(tmp_path_factory.mktemp("tape") / "x.ibt", 300).read_bytes())


@many
@given(damage=st.one_of(blows(0.05), blows(0.3), blows()))
def test_any_recording_gives_frames_or_our_error(tmp_path: Path, tape: Tape, damage: list[Blow]) -> None:
    path = tmp_path / "x.ibt"
    path.write_bytes(struck(tape.content, damage))
    try:
        source = RecordingSource(path)
    except TelemetryError:
        return
    play(source)


def play(source: Source) -> None:
    """Read all there is, through the rules of the race, as the collector does."""
    tracker = Tracker()
    try:
        if not source.connect():
            return
        for _ in range(3):
            for frame in source.read(0.0):
                assert math.isfinite(frame.session_time)
                source.utc_at(frame.session_time)
                tracker.advance(frame, source.info)
    except TelemetryError:
        return
    finally:
        source.disconnect()


tokens = st.sampled_from(
    ["http://", "https://a:b@", "-----BEGIN PRIVATE KEY-----", '"private_key": "', "eyJhbGciOi", "ya29.", "bearer ",
     "password=", "authorization: ", "aB3+/", "A" * 70, " ", "\n", "'", "\\", ":", "@", ".", "é"]
)  # fmt: skip


@many
@given(
    parts=st.lists(st.tuples(st.one_of(tokens, st.text(max_size=6)), st.integers(1, 20_000)), min_size=1, max_size=4)
)
def test_any_text_goes_through_the_redactor(parts: list[tuple[str, int]]) -> None:
    text = "".join(token * times for token, times in parts)[:200_000]
    assert isinstance(Redactor(["a secret"])(text), str)
