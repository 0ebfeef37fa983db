"""What can happen in a lap of a scripted race, and what a pit crew is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ALL_TYRES = 0x0F
"""``PitSvFlags``: left front 1, right front 2, left rear 4, right rear 8."""
FUEL_FLAG = 0x10
TEAR_OFF_FLAG = 0x20
FAST_REPAIR_FLAG = 0x40


class Ticked(StrEnum):
    """
    When the driver has ticked the boxes of a stop: at the latest when service begins (SIMULATOR#service,
    SIMULATOR#boxes).
    """

    BEFORE = "before"
    """Before the entry."""
    LANE = "lane"
    """Changed on the way through the lane."""
    STALL = "stall"
    """In the stall, where the crew was active for a blink with less asked for."""


class Filling(StrEnum):
    """What a driver change does to the filling (SIMULATOR#swap-in-service, SIMULATOR#change)."""

    GOES_ON = "goes on"
    WAITS = "waits"
    """It begins when the next driver has the seat: so in two of three changes that were seen."""
    PAUSES = "pauses"
    """It is cut in two, and no litre comes in while nobody is in the car."""
    STOPS = "stops"
    """What has not come in by then does not any more."""


@dataclass(frozen=True, slots=True)
class Service:
    """
    What is requested for a stop.

    Attributes:
        fuel_l: Litres wanted; what the tank does not hold is not delivered.

        tyres: Bits of ``ALL_TYRES``; each takes five seconds.

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

        away_s: How long the car is out of the world then; 0.5 to 1.5 s in real changes (SIMULATOR#change).

        wait_s: Stands at least this long, whatever the service needs (a stop-and-hold penalty).

        ticked: When the boxes are as they are to be served.

        first_flags: What is ticked until then; in the stall no box is cleared but by the crew.

        filling: What the change of drivers does to the filling.
    """

    lap: int
    service: Service = Service()
    next_driver: int | None = None
    change_after_s: float = 3.0
    away_s: float = 3.0
    wait_s: float = 2.0
    ticked: Ticked = Ticked.BEFORE
    first_flags: int = 0
    filling: Filling = Filling.GOES_ON


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

        is_escape: He leaves it on the track, before any tick shows a tow time; that counts while nobody is in the car.

        is_crash: His simulator dies while he drives: nobody has ever seen the car drive on. It stands where it is for
            ``stays_s`` to all others, and is then out of the world.
    """

    lap: int
    pct: float
    tow_s: float = 20.0
    service: Service = Service()
    next_driver: int | None = None
    leaves_car: bool = False
    away_s: float = 3.0
    is_escape: bool = False
    is_crash: bool = False
    stays_s: float = 1.0


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


class Way(StrEnum):
    """How a car in the pits is put into its stall. Not in races."""

    RESET = "reset"
    LEFT = "left"
    """The driver leaves it and gets in again."""
    GARAGE = "garage"
    """The same, and it was in the garage meanwhile (SIMULATOR#filling)."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """
    Drive into the pits in *lap*, and be put into the stall from there. Not in races.

    Attributes:
        in_stall: From where it stands in its stall already; else from the middle of the lane.

        fuel_l: The level afterwards; None: unchanged.

        away_s: How long the driver is out of the car.
    """

    lap: int
    way: Way
    in_stall: bool = False
    fuel_l: float | None = None
    away_s: float = 6.0


@dataclass(frozen=True, slots=True)
class ActiveReset:
    """
    In *lap* after *pct* of it the car is back at *to_pct*, with the speed and the fuel that it had there. Not in races.

    Attributes:
        shows_rubbish: A tick of rubbish comes in between, as with any reset (SIMULATOR#reset).
    """

    lap: int
    pct: float
    to_pct: float
    shows_rubbish: bool = True


@dataclass(frozen=True, slots=True)
class Untimed:
    """In *lap* the car cuts the track: the simulator gives no time (−1)."""

    lap: int


@dataclass(frozen=True, slots=True)
class SlowLap:
    """*lap* takes *factor* times as long as a normal one."""

    lap: int
    factor: float = 1.3


PlacedAction = Stop | DriveThrough | Tow | Reset | LeaveCar | PutBack | ActiveReset
"""What happens at a place of the lap."""
Action = PlacedAction | Untimed | SlowLap
