"""Whatever somebody else writes into the collection: no client dies, none is blocked, and the record is right."""

from __future__ import annotations

import logging
import math
import os
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from race_sim import foreign_race
from race_sim.compare import differences
from race_sim.foreign_race import laps_of, race, true_laps
from race_sim.named_scripts import ADA, BEN, CLEO, FULL
from support.thorough import IS_THOROUGH
from teamtactics.cloud.wire import decoded
from teamtactics.contract.foreign import _LAP, _STATE, DocumentRefused, sound
from teamtactics.contract.told import lap_of
from teamtactics.demo.actions import Stop
from teamtactics.demo.script import Script, Session, StartKind, Track
from teamtactics.settings.load import load_settings
from teamtactics.settings.settings import Settings

EXAMPLES = int(os.environ.get("TEAMTACTICS_RANDOM_RACES", "10" if IS_THOROUGH else "2"))

SCRIPT = Script(
    members=(ADA, BEN, CLEO),
    sessions=(
        Session(
            laps=8,
            start=StartKind.GRID,
            fuel_l=50.0,
            actions=(Stop(3, FULL, BEN.customer_id), Stop(6, FULL, CLEO.customer_id)),
        ),
    ),
    track=Track(length_m=1_000.0, pit_entry_m=800.0, stall_m=900.0, pit_exit_m=150.0),
    lap_time_s=20.0,
)
"""Eight laps and a cool-down lap, two driver changes: it ends in stint 3."""

EIGHT: foreign_race.Odd = {
    # While Ada drives.
    1_500: ("state", {"Stint": math.inf}),
    2_500: ("state", {"LapCompleted": math.inf}),
    # Just before Ben takes over: what he would go on from.
    4_300: ("state", {"ClientVersion": "9" * 5_000}),
    4_700: ("state", {"PitEnterTime": math.nan, "SessionTime": 78.2}),
    4_800: ("state", {"SessionTime": {"a": 1}, "Stint": 7}),
    # And Cleo.
    9_000: ("state", {"SessionTime": 600_000.0, "Stint": 7, "FuelAtLapStart": 99.0}),
    9_600: ("state", {"Driver": ["-eyJ" * 50_000], "Stint": -3}),
    9_700: ("state", {"Driver": "-eyJ" * 50_000, "SessionTime": 1e9, "Stint": 7}),
}
"""By tick (60 a second), each over the state that stands there then."""


@pytest.fixture(scope="module")
def ini(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("settings")
    (folder / "teamtactics.ini").write_text("[global]\nstateInterval = 10\n")
    return load_settings(folder / "teamtactics.ini", folder, {"APPDATA": str(folder)}, "linux")


@cache
def undisturbed(config: Settings) -> dict[str, Any]:
    found, _ = race(SCRIPT, config, {})
    return found


@pytest.mark.slow
def test_eight_laps_with_eight_odd_states_are_recorded_as_without(
    ini: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    assert differences(true_laps(SCRIPT), laps_of(undisturbed(ini))) == []
    with caplog.at_level(logging.WARNING):
        found, clients = race(SCRIPT, ini, EIGHT)
    assert differences(true_laps(SCRIPT), laps_of(found)) == []
    assert found == undisturbed(ini)
    assert (found["state"]["Stint"], found["8"]["Stint"]) == (3, 3)
    assert {client.team.newer_client for client in clients.values()} == {None}
    refusals = [record.getMessage() for record in caplog.records if "cannot be used" in record.getMessage()]
    assert len(refusals) > len(clients)
    assert max(map(len, refusals)) < 200
    assert len(refusals) == len(clients) * len(set(refusals)), "each client says each kind once"


TICKS = st.integers(300, 11_500)
DOC_IDS = st.sampled_from(["state", "state", "state", *"123456789"])
REAL = st.floats(allow_nan=True, allow_infinity=True)
PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | REAL | st.text(max_size=50)
VALUES = (
    PLAIN
    | st.binary(max_size=8)
    | st.datetimes(timezones=st.just(UTC))
    | st.dictionaries(st.text("ab", min_size=1, max_size=3), PLAIN, max_size=3)
    | st.lists(PLAIN, max_size=3)
    | st.sampled_from(["9" * 5_000, "-eyJ" * 50_000, "\0\n\u202e", 0, -1, 1, 2, 7, 8.0, 1e9, 5e-324, 2**32, 10**18])
)
"""Everything that Firestore can hold."""

NAMES = st.sampled_from(sorted({*_STATE, *_LAP})) | st.text("abAB_`", min_size=1, max_size=5)
FIELDS = st.dictionaries(NAMES, VALUES, max_size=8)
WRITTEN = st.dictionaries(TICKS, st.tuples(DOC_IDS, FIELDS), max_size=12)


def is_refused(doc_id: str, fields: dict[str, Any]) -> bool:
    """Tell whether it is refused whatever the other fields are, after the way through the codec."""
    sent = decoded(foreign_race.google_document(fields))
    rules = _STATE if doc_id == "state" else _LAP
    try:
        sound(
            doc_id, {**dict.fromkeys(rules), "SchemaVersion": 1, "SessionTime": 0.0, "Stint": 1, "StintLap": 1} | sent
        )
    except DocumentRefused as why:
        return why.newer_schema is None
    return False


def beside(doc_id: str, laps: set[int]) -> bool:
    lap = lap_of(doc_id)
    return lap is not None and any(abs(lap - other) <= 1 for other in laps)


def counted(document: dict[str, Any], is_odd: bool) -> dict[str, Any]:
    """Leave the numbers out where some lap is odd."""
    return {name: value for name, value in document.items() if not is_odd or name not in ("Stint", "StintLap")}


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(odd=WRITTEN)
def test_what_makes_no_sense_changes_nothing_of_the_record(ini: Settings, odd: dict[int, tuple[str, Any]]) -> None:
    """As many odd documents as come up, in a race of three drivers; what cannot be used is left alone."""
    odd = {tick: (doc_id, fields) for tick, (doc_id, fields) in odd.items() if is_refused(doc_id, fields)}
    found, _ = race(SCRIPT, ini, odd)
    calm = undisturbed(ini)
    laid = {int(doc_id) for doc_id, _ in odd.values() if doc_id != "state" and found[doc_id] != calm[doc_id]}
    # What lies beside such a lap may have to be told without what is known of it, and a stop in it is not counted.
    far = [doc_id for doc_id in calm if not doc_id.startswith("part") and not beside(doc_id, laid)]
    assert [counted(found[doc_id], bool(laid)) for doc_id in far] == [
        counted(calm[doc_id], bool(laid)) for doc_id in far
    ]


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(odd=WRITTEN)
def test_whatever_is_written_nobody_dies_and_every_lap_is_there(ini: Settings, odd: dict[int, tuple[str, Any]]) -> None:
    """Also what could be true, and is not: a lie that makes sense is believed, and nothing stops for it."""
    found, clients = race(SCRIPT, ini, odd)
    for client in clients.values():
        checkpoint = client.tracker.checkpoint()
        assert "NaN" not in checkpoint
        assert "Infinity" not in checkpoint
    assert {str(lap) for lap in range(1, 10)} <= found.keys()
