"""How times, numbers and in-car settings are written: the same in the log, the tray, in tables and on pages; pure."""

from __future__ import annotations

from collections.abc import Iterable

from teamtactics.model.records import OtherSetting, PutBack

UNKNOWN = "–"

_SETTINGS = {
    "dcBrakeBias": "brake bias",
    "dcBrakeBiasFine": "brake bias fine",
    "dcPeakBrakeBias": "peak brake bias",
    "dcTractionControl": "traction control",
    "dcTractionControl2": "traction control 2",
    "dcTractionControl3": "traction control 3",
    "dcTractionControl4": "traction control 4",
    "dcTractionControlToggle": "traction control switch",
    "dcABS": "ABS",
    "dcABSToggle": "ABS switch",
    "dcAntiRollFront": "front anti-roll bar",
    "dcAntiRollRear": "rear anti-roll bar",
    "dcWeightJackerLeft": "left weight jacker",
    "dcWeightJackerRight": "right weight jacker",
    "dcDiffEntry": "differential entry",
    "dcDiffMiddle": "differential middle",
    "dcDiffExit": "differential exit",
    "dcDiffPreload": "differential preload",
    "dcEngineBraking": "engine braking",
    "dcEnginePower": "engine power",
    "dcThrottleShape": "throttle shape",
    "dcFuelMixture": "fuel mixture",
    "dcMGUKDeployMode": "MGU-K deployment",
    "dcMGUKRegenGain": "MGU-K regeneration",
    "dcPowerSteering": "power steering",
    "dcWingFront": "front wing",
    "dcWingRear": "rear wing",
    "dcToggleWindshieldWipers": "wipers",
}
"""
As drivers call them, what changes the car's balance first: of a long list the end may be cut off. What is not in here
is called as the SDK calls it: the simulator's own names of the rest differ from car to car.
"""
_RANKS = {name: rank for rank, name in enumerate(_SETTINGS)}

OLD_WORD_S = 120.0
"""Settings told so long before the driver change may have been changed since: the driver's client tells each lap."""


_MOST_S = 1e9
"""Beyond 30 years it is no time of a session; what other programs write may be any finite number."""


def lap_time(seconds: float | None, unknown: str = UNKNOWN) -> str:
    """Write a lap time as the simulator's own screens do, to a tenth of a millisecond: ``1:42.3456``, ``15.2033``."""
    if seconds is None:
        return unknown
    if abs(seconds) > _MOST_S:
        return f"{seconds:.3g} s"
    units = round(seconds * 10_000)
    minutes, units = divmod(abs(units), 600_000)
    rest = f"{units // 10_000:02d}.{units % 10_000:04d}" if minutes else f"{units / 10_000:.4f}"
    return ("-" if seconds < 0 else "") + (f"{minutes}:{rest}" if minutes else rest)


def clock(seconds: float | None) -> str:
    """Write a session time as hours, minutes, seconds and tenths."""
    if seconds is None:
        return UNKNOWN
    if abs(seconds) > _MOST_S:
        return f"{seconds:.3g} s"
    tenths = round(abs(seconds) * 10)
    sign = "-" if seconds < 0 else ""
    return f"{sign}{tenths // 36_000}:{tenths // 600 % 60:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"


def fixed(value: float | None, digits: int = 0) -> str:
    """Write a number with so many digits behind the point."""
    return UNKNOWN if value is None else f"{value:.{digits}f}"


def duration(seconds: float) -> str:
    """Write roughly how long something takes, or is ago: ``90 s``, ``12 min``, ``5 h``, ``3 d``."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 48 * 3600 else f"{seconds / 86_400:.0f} d"


def setting(name: str) -> str:
    """Call an in-car setting as drivers do; one that is not known as the SDK does."""
    return _SETTINGS.get(name, name)


def in_order(names: Iterable[str]) -> list[str]:
    """Sort SDK names of in-car settings: what matters most first, the unknown last."""
    return sorted(names, key=lambda name: (_RANKS.get(name, len(_RANKS)), name))


def level(value: object, digits: int = 0) -> str:
    """Write how a setting stands, with so many *digits* behind the point at least."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.{max(digits, _digits(value))}f}" if isinstance(value, (int, float)) else UNKNOWN


def levels(one: OtherSetting) -> tuple[str, str]:
    """Write theirs and our own, equally exact: ``54.5`` and ``52.0``."""
    digits = max(_digits(one.theirs), _digits(one.own))
    return level(one.theirs, digits), level(one.own, digits)


def put_back_title(put_back: PutBack) -> str:
    """Say whose settings they are."""
    return f"Put back what {' '.join((put_back.driver or 'the driver before').split())} had"


def put_back_text(put_back: PutBack) -> str:
    """Say what stands differently: ``brake bias 54.5, yours 52.0; traction control 4, yours 6``."""
    by_name = {one.name: one for one in put_back.settings}
    parts = []
    for name in in_order(by_name):
        theirs, own = levels(by_name[name])
        parts.append(f"{setting(name)} {theirs}, yours {own}")
    age = put_back_age(put_back)
    return "; ".join(parts) + (f" ({age})" if age else "")


def put_back_age(put_back: PutBack) -> str:
    """Say of settings that were told long before the driver change how long before; empty for others."""
    before_s = put_back.got_in_s - put_back.told_s
    return f"as told {duration(before_s)} before you got in" if before_s >= OLD_WORD_S else ""


def _digits(value: float) -> int:
    """Count what stands behind the point; of what a setting cannot have only so much that something stays."""
    return min(3, len(f"{value:.3f}".rstrip("0").partition(".")[2]))
