"""What can happen in a lap of a scripted race, and what a pit crew is asked for."""

from __future__ import annotations

from dataclasses import dataclass

ALL_TYRES = 0x0F
"""``PitSvFlags``: left front 1, right front 2, left rear 4, right rear 8."""
FUEL_FLAG = 0x10
TEAR_OFF_FLAG = 0x20
FAST_REPAIR_FLAG = 0x40


@dataclass(frozen=True, slots=True)
class Service:
    """
    What is requested for a stop.

    Attributes:
        fuel_l: Litres wanted; what the tank does not hold is not delivered.

        tyres: Bits of ``ALL_TYRES``; each takes three seconds.

        extra_flags: ``TEAR_OFF_FLAG``, ``FAST_REPAIR_FLAG``.

        repair_s: Mandatory repairs (``PitRepairLeft`` when the car stops).

        optional_repair_s: ``PitOptRepairLeft`` when the car stops.

        serves_optional: False when the driver leaves without waiting for the optional repairs.
    """

    fuel_l: float = 0.0
    tyres: int = 0
    extra_flags: int = 0
    repair_s: float = 0.0
    optional_repair_s: float = 0.0
    serves_optional: bool = True

    @property
    def flags(self) -> int:
        """The request as ``PitSvFlags`` shows it."""
        return (FUEL_FLAG if self.fuel_l > 0 else 0) | self.tyres | self.extra_flags


@dataclass(frozen=True, slots=True)
class Stop:
    """
    Enter pit road in *lap* (the lap under way at the entry cone) and stand in the stall.

    Attributes:
        next_driver: Customer id of who gets in; the same as the one who gets out for out-and-in-again; None for nobody.

        change_after_s: From standstill until the driver leaves the car.

        away_s: How long the car is out of the world then; at least 2 s.

        wait_s: Stands at least this long, whatever the service needs (a stop-and-hold penalty).
    """

    lap: int
    service: Service = Service()
    next_driver: int | None = None
    change_after_s: float = 3.0
    away_s: float = 3.0
    wait_s: float = 2.0


@dataclass(frozen=True, slots=True)
class DriveThrough:
    """Enter pit road in *lap* and leave it without standing in the stall."""

    lap: int


@dataclass(frozen=True, slots=True)
class Tow:
    """
    The car breaks down in *lap* after *pct* of it and is towed to its stall; only in races.

    Attributes:
        leaves_car: True when the driver leaves the car while it is towed (it is out of the world for ``away_s``).
            Also where ``next_driver`` is given.
    """

    lap: int
    pct: float
    tow_s: float = 20.0
    service: Service = Service()
    next_driver: int | None = None
    leaves_car: bool = False
    away_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset to the pits in *lap* after *pct* of it; ``fuel_l`` is the level after (None: unchanged). Not in races."""

    lap: int
    pct: float
    fuel_l: float | None = None


@dataclass(frozen=True, slots=True)
class LeaveCar:
    """
    Leave the car on the track in *lap* after *pct* of it and get in again in the stall ``away_s`` later. Not in races.

    Attributes:
        fuel_l: The level afterwards (the garage may change it); None: unchanged.
    """

    lap: int
    pct: float
    away_s: float = 6.0
    next_driver: int | None = None
    fuel_l: float | None = None


@dataclass(frozen=True, slots=True)
class Untimed:
    """In *lap* the car cuts the track: the simulator gives no time (−1)."""

    lap: int


@dataclass(frozen=True, slots=True)
class SlowLap:
    """*lap* takes *factor* times as long as a normal one."""

    lap: int
    factor: float = 1.3


PlacedAction = Stop | DriveThrough | Tow | Reset | LeaveCar
"""What happens at a place of the lap."""
Action = PlacedAction | Untimed | SlowLap
