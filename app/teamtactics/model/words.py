"""How times, numbers and in-car settings are written: the same in the log, the tray, in tables and on pages; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from teamtactics.model.records import OtherSetting, PutBack

UNKNOWN = "–"

Say = Callable[[str], str]
"""Puts a text of the source into a reader's language: ``language._``, or ``str`` for a log, which stays English."""


def _settings(_: Say) -> dict[str, str]:
    """
    Name settings as drivers call them, what changes the car's balance first: of a long list the end may be cut off.

    What is not in here is called as the SDK calls it: the simulator's own names of the rest differ from car to car.
    """
    return {
        "dcBrakeBias": _("brake bias"),
        "dcBrakeBiasFine": _("brake bias fine"),
        "dcPeakBrakeBias": _("peak brake bias"),
        "dcTractionControl": _("traction control"),
        "dcTractionControl2": _("traction control 2"),
        "dcTractionControl3": _("traction control 3"),
        "dcTractionControl4": _("traction control 4"),
        "dcTractionControlToggle": _("traction control switch"),
        "dcABS": _("ABS"),
        "dcABSToggle": _("ABS switch"),
        "dcAntiRollFront": _("front anti-roll bar"),
        "dcAntiRollRear": _("rear anti-roll bar"),
        "dcWeightJackerLeft": _("left weight jacker"),
        "dcWeightJackerRight": _("right weight jacker"),
        "dcDiffEntry": _("differential entry"),
        "dcDiffMiddle": _("differential middle"),
        "dcDiffExit": _("differential exit"),
        "dcDiffPreload": _("differential preload"),
        "dcEngineBraking": _("engine braking"),
        "dcEnginePower": _("engine power"),
        "dcThrottleShape": _("throttle shape"),
        "dcFuelMixture": _("fuel mixture"),
        "dcMGUKDeployMode": _("MGU-K deployment"),
        "dcMGUKRegenGain": _("MGU-K regeneration"),
        "dcPowerSteering": _("power steering"),
        "dcWingFront": _("front wing"),
        "dcWingRear": _("rear wing"),
        "dcToggleWindshieldWipers": _("wipers"),
    }


_SETTINGS = _settings(str)
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


def setting(name: str, say: Say = str) -> str:
    """Call an in-car setting as drivers do; one that is not known as the SDK does."""
    return (_SETTINGS if say is str else _settings(say)).get(name, name)


def in_order(names: Iterable[str]) -> list[str]:
    """Sort SDK names of in-car settings: what matters most first, the unknown last."""
    return sorted(names, key=lambda name: (_RANKS.get(name, len(_RANKS)), name))


def level(value: object, digits: int = 0, _: Say = str) -> str:
    """Write how a setting stands, with so many *digits* behind the point at least."""
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return f"{value:.{max(digits, _digits(value))}f}" if isinstance(value, (int, float)) else UNKNOWN


def levels(one: OtherSetting, say: Say = str) -> tuple[str, str]:
    """Write theirs and our own, equally exact: ``54.5`` and ``52.0``."""
    digits = max(_digits(one.theirs), _digits(one.own))
    return level(one.theirs, digits, say), level(one.own, digits, say)


def put_back_title(put_back: PutBack, _: Say = str) -> str:
    """Say whose settings they are."""
    driver = " ".join((put_back.driver or "").split())
    return _("Put back what {driver} had").format(driver=driver) if driver else _("Put back what the driver before had")


def put_back_text(put_back: PutBack, _: Say = str) -> str:
    """Say what stands differently: ``brake bias 54.5, yours 52.0; traction control 4, yours 6``."""
    by_name = {one.name: one for one in put_back.settings}
    parts = []
    for name in in_order(by_name):
        theirs, own = levels(by_name[name], _)
        said = _("{setting} {theirs}, yours {own}")
        parts.append(said.format(setting=setting(name, _), theirs=theirs, own=own))
    age = put_back_age(put_back, _)
    return "; ".join(parts) + (f" ({age})" if age else "")


def put_back_age(put_back: PutBack, _: Say = str) -> str:
    """Say of settings that were told long before the driver change how long before; empty for others."""
    before_s = put_back.got_in_s - put_back.told_s
    told = _("as told {duration} before you got in").format(duration=duration(before_s))
    return told if before_s >= OLD_WORD_S else ""


def _digits(value: float) -> int:
    """Count what stands behind the point; of what a setting cannot have only so much that something stays."""
    return min(3, len(f"{value:.3f}".rstrip("0").partition(".")[2]))
