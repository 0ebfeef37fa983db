"""Compares lap documents with the truth, field by field, with the tolerances that issue and contract allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from teamtactics.demo.script import Script
from teamtactics.model.parcel import Value

TICK_S = 1.0 / 60.0
_SLACK = 0.002
"""Single precision: what a float32 of the simulator may differ by (seconds up to an hour, litres, °C)."""

FUEL_L = 0.05
TOLERANCES = {
    "LapLastLapTime": _SLACK,
    "LapTimeMeasured": 2 * TICK_S + _SLACK,
    "FuelLevel": FUEL_L,
    "FuelUsed": FUEL_L,
    "FuelAdded": FUEL_L,
    "TrackTemp": _SLACK,
    "AirTemp": _SLACK,
    "SessionTime": TICK_S + _SLACK,
    "PlayerCarTowTime": 5 * TICK_S,
    "PitRepairLeft": 5 * TICK_S,
    "PitOptRepairLeft": 5 * TICK_S,
    "PitEnterTime": TICK_S + _SLACK,
    "StopMovingTime": TICK_S + _SLACK,
    "StartMovingTime": TICK_S + _SLACK,
    "PitExitTime": TICK_S + _SLACK,
    "Gap": 0.25,
}
PICTURE_LAG_S = 1.0
"""So old the program takes a team-mate's picture of the car to be."""

CLOCKS = frozenset({"Utc", "Updated"})
"""What real clocks say: the truth, which is played faster than real time, knows nothing of it."""

_DAY_S = 86_400.0


def differences(
    expected: Sequence[Mapping[str, Value]], got: Sequence[Mapping[str, Value]], ignore: frozenset[str] = frozenset()
) -> list[str]:
    """
    Return one line for each field that differs, each lap that is missing and each that nobody drove.

    Args:
        ignore: Fields that are not looked at.
    """
    found: list[str] = []
    by_lap: dict[Value, Mapping[str, Value]] = {}
    for document in got:
        if document["LapCompleted"] in by_lap:
            found.append(f"lap {document['LapCompleted']}: there twice")
        by_lap[document["LapCompleted"]] = document
    for truth in expected:
        lap = truth["LapCompleted"]
        document = by_lap.pop(lap, {})
        if not document:
            found.append(f"lap {lap}: missing")
            continue
        for name, value in truth.items():
            if name not in ignore and not agrees(name, value, document.get(name)):
                found.append(f"lap {lap}: {name} is {document.get(name)!r}, true is {value!r}")
        extra = document.keys() - truth.keys() - CLOCKS
        if extra:
            found.append(f"lap {lap}: fields beyond the contract: {', '.join(sorted(extra))}")
    found.extend(f"lap {lap}: nobody drove it" for lap in by_lap)
    return found


def outside_s(script: Script) -> float:
    """
    Return how far off a time may be that was taken from outside, s, for a lag that is not the one believed in.

    How old the picture is no variable of the simulator says for certain; nobody who only watches can know it.
    """
    return abs(script.quirks.picture_lag_s - PICTURE_LAG_S)


def agrees(name: str, truth: Value, value: Value, late_s: float = 0.0) -> bool:
    """
    Tell whether *value* is the truth of field *name*, within its tolerance.

    Args:
        late_s: How much further off a time may be: a client that missed ticks sees things happen late.
    """
    if truth is None or value is None:
        return truth is value
    if isinstance(truth, bool) or isinstance(value, bool) or isinstance(truth, str):
        return truth == value
    assert isinstance(value, int | float), f"{name} is {value!r}"
    if name.endswith("TimeOfDay"):
        # A tick apart may be a whole second apart, several where the day runs faster, and midnight lies between.
        apart = abs(truth - value) % _DAY_S
        return min(apart, _DAY_S - apart) <= 4.0
    if name == "Gap" and late_s:
        return value >= 0.0  # what was missed is a gap, and is told
    late = late_s if name.endswith("Time") or name == "LapTimeMeasured" else 0.0
    return abs(truth - value) <= TOLERANCES.get(name, 0.0) + late
