"""A frame holds what the buffer holds, and None for what nobody knows."""

from __future__ import annotations

import math

import pytest

from support.image_writer import ImageWriter, Value, Variable, in_car_variables, live_variables
from teamtactics.errors import LayoutChanged
from teamtactics.model.frame import Frame
from teamtactics.telemetry.frame_reader import _WISHES, FrameReader, _Wish
from teamtactics.telemetry.layout import FLOAT, INT, parse_layout

DRIVING: dict[str, Value] = {"SessionTime": 12.5, "IsOnTrackCar": True, "Lap": 3, "LapCompleted": 2, "FuelLevel": 40.0}


def frame_of(
    values: dict[str, Value], variables: list[Variable] | None = None, car_idx: int | None = 2
) -> Frame | None:
    image = ImageWriter(None, variables)
    image.write_tick(values)
    reader = FrameReader(parse_layout(image.memory, "x"), car_idx, "x")
    at = image.buffer_offsets[0]
    return reader.frame(bytes(image.memory[at : at + image.buf_len]), 77)


def without(*names: str) -> list[Variable]:
    return [variable for variable in (*live_variables(), *in_car_variables()) if variable[0] not in names]


def reader_of(variables: list[Variable], car_idx: int | None = 0) -> FrameReader:
    return FrameReader(parse_layout(ImageWriter(None, variables).memory, "x"), car_idx, "x")


def test_every_field_is_read_from_its_own_variable() -> None:
    values: dict[str, Value] = {
        "SessionTime": 1000.125, "SessionNum": 2, "SessionUniqueID": 3, "SessionState": 4, "SessionFlags": 0x80000001,
        "SessionTimeOfDay": 43200.0, "SessionTick": 9487, "IsOnTrack": True, "IsOnTrackCar": True, "IsInGarage": True,
        "Lap": 23, "LapCompleted": 22, "LapDist": 1234.5, "LapDistPct": 0.25, "LapLastLapTime": 99.5,
        "LapCurrentLapTime": 33.25, "FuelLevel": 62.5, "OnPitRoad": True, "PlayerTrackSurface": -1,
        "PlayerCarInPitStall": True, "PitstopActive": True, "PitSvFlags": 0x7F, "PlayerCarTowTime": 55.5,
        "PitRepairLeft": 2000.0, "PitOptRepairLeft": 437.25, "Speed": 67.5, "TrackTemp": 40.5, "TrackTempCrew": 1.0,
        "AirTemp": 21.5, "TrackWetness": 4, "WeatherDeclaredWet": True, "PlayerTireCompound": 1,
        "PlayerCarTeamIncidentCount": 17, "dcStarter": True, "dcBrakeBias": 54.25, "dcTractionControl": 7.0,
        "dcTractionControlToggle": True,
        "CarIdxLap": {2: 24}, "CarIdxLapCompleted": {2: 21}, "CarIdxLastLapTime": {2: 98.5},
        "CarIdxOnPitRoad": {2: True}, "CarIdxTrackSurface": {2: 3},
    }  # fmt: skip
    assert frame_of(values) == Frame(
        tick=77, session_time=1000.125, session_num=2, session_unique_id=3, session_state=4, session_flags=0x80000001,
        session_time_of_day=43200.0, session_tick=9487, is_on_track=True, is_on_track_car=True, is_in_garage=True,
        lap=23, lap_completed=22, lap_dist=1234.5, lap_dist_pct=0.25, lap_last_lap_time=99.5,
        lap_current_lap_time=33.25, fuel_level=62.5, on_pit_road=True, player_track_surface=-1,
        player_car_in_pit_stall=True, pitstop_active=True, pit_sv_flags=0x7F, player_car_tow_time=55.5,
        pit_repair_left=2000.0, pit_opt_repair_left=437.25, speed=67.5, track_temp=40.5,
        car_lap=24, car_lap_completed=21, car_last_lap_time=98.5, car_on_pit_road=True, car_track_surface=3,
        air_temp=21.5, track_wetness=4, weather_declared_wet=True, player_tire_compound=1,
        player_car_team_incident_count=17,
        in_car=(("dcABS", 0.0), ("dcBrakeBias", 54.25), ("dcTractionControl", 7.0), ("dcTractionControlToggle", True)),
    )  # fmt: skip


def test_the_order_of_the_table_does_not_matter() -> None:
    assert frame_of(DRIVING, without()[::-1]) == frame_of(DRIVING)


@pytest.mark.parametrize("name", [n for n, _, _ in live_variables() if n not in ("PlayerCarIdx", "IsReplayPlaying")])
def test_a_missing_variable_is_none_and_named_or_refused(name: str) -> None:
    """Never 0: that would be a value."""
    variables = without(name)
    if name in ("SessionTime", "SessionNum", "FuelLevel"):
        with pytest.raises(LayoutChanged, match=name):
            reader_of(variables)
        return
    reader = reader_of(variables)
    frame = frame_of(DRIVING if name in dict.fromkeys(n for n, _, _ in variables) else pick(DRIVING, name), variables)
    assert frame is not None
    known = {"LapCompleted": "derived", "TrackTemp": "derived", "TrackTempCrew": "unneeded"}.get(name, "missing")
    assert (name in reader.missing) == (known == "missing")
    assert (name in reader.derived) == (known == "derived")
    whole = frame_of(DRIVING)
    assert whole is not None
    lost = [now for was, now in zip(whole, frame, strict=True) if was is not None and now is None]
    assert bool(lost) == (known == "missing")


def pick(values: dict[str, Value], name: str) -> dict[str, Value]:
    return {key: value for key, value in values.items() if key != name}


def test_laps_completed_are_derived_from_laps_started() -> None:
    frame = frame_of(pick(DRIVING, "LapCompleted"), without("LapCompleted"))
    assert frame is not None
    assert frame.lap_completed == 2


def test_laps_completed_of_the_simulator_win_over_the_derived() -> None:
    frame = frame_of(DRIVING | {"LapCompleted": -1, "Lap": 0})
    assert frame is not None
    assert (frame.lap, frame.lap_completed) == (0, -1)


def test_track_temperature_falls_back_to_the_crews() -> None:
    frame = frame_of(DRIVING | {"TrackTempCrew": 30.5}, without("TrackTemp"))
    assert frame is not None
    assert frame.track_temp == 30.5


def test_all_essentials_that_are_missing_are_named_at_once() -> None:
    with pytest.raises(LayoutChanged, match="SessionNum, FuelLevel, IsOnTrackCar or IsOnTrack, Lap or LapCompleted"):
        reader_of([("SessionTime", "double", 1), ("Speed", "float", 1)])


def test_an_essential_of_another_type_is_missing() -> None:
    with pytest.raises(LayoutChanged, match="FuelLevel"):
        reader_of([*without("FuelLevel"), ("FuelLevel", "bool", 1)])


def test_the_fallbacks_of_the_essentials_suffice() -> None:
    reader_of(without("IsOnTrackCar", "LapCompleted"))
    reader_of(without("IsOnTrack", "Lap"))


@pytest.mark.parametrize("cars", [64, 72])
def test_the_own_car_is_found_by_index_in_arrays_of_any_width(cars: int) -> None:
    frame = frame_of(DRIVING | {"CarIdxLap": list(range(cars))}, live_variables(cars), car_idx=cars - 1)
    assert frame is not None
    assert frame.car_lap == cars - 1


@pytest.mark.parametrize("car_idx", [None, -1, 64])
def test_without_an_own_car_its_fields_are_none(car_idx: int | None) -> None:
    frame = frame_of(DRIVING, car_idx=car_idx)
    assert frame is not None
    of_the_car = [value for name, value in frame._asdict().items() if name.startswith("car_")]
    assert of_the_car == [None] * 5


def test_a_scalar_that_became_an_array_gives_its_first_element() -> None:
    """VelocityX did that in 2024 (SIMULATOR#types)."""
    frame = frame_of(DRIVING | {"Speed": [50.0, 51.0, 52.0]}, [*without("Speed"), ("Speed", "float", 6)])
    assert frame is not None
    assert frame.speed == 50.0


@pytest.mark.parametrize(("kind", "value"), [("int", 1), ("bitfield", 4)])
def test_a_truth_value_in_a_wider_type_is_still_a_truth_value(kind: str, value: int) -> None:
    frame = frame_of(DRIVING | {"OnPitRoad": value}, [*without("OnPitRoad"), ("OnPitRoad", kind, 1)])
    assert frame is not None
    assert frame.on_pit_road is True


def test_a_real_number_of_any_width_is_read() -> None:
    frame = frame_of(DRIVING | {"FuelLevel": 40.1}, [*without("FuelLevel"), ("FuelLevel", "double", 1)])
    assert frame is not None
    assert frame.fuel_level == 40.1


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_is_unknown(bad: float) -> None:
    frame = frame_of(DRIVING | {"FuelLevel": bad, "Speed": 3.0, "LapDist": bad})
    assert frame is not None
    assert (frame.fuel_level, frame.lap_dist, frame.speed, frame.lap, frame.lap_completed) == (None, None, 3.0, 3, 2)


def test_infinities_of_both_signs_do_not_hide_each_other() -> None:
    frame = frame_of(DRIVING | {"Speed": math.inf, "LapDist": -math.inf})
    assert frame is not None
    assert (frame.speed, frame.lap_dist) == (None, None)


@pytest.mark.parametrize("time_s", [0.0, -1.0, math.nan, math.inf, 1e300])
def test_a_frame_without_a_session_time_is_no_data(time_s: float) -> None:
    assert frame_of(DRIVING | {"SessionTime": time_s}) is None


def test_an_all_zero_buffer_is_no_data() -> None:
    assert frame_of({}) is None


def test_the_glitch_tick_of_a_spawn_is_data() -> None:
    """Lap 0 and speed 0 with real fuel: the race room knows what it is (SIMULATOR#reset, SIMULATOR#spawn)."""
    assert frame_of({"SessionTime": 5.0, "IsOnTrackCar": True, "FuelLevel": 43.3}) is not None


@pytest.mark.parametrize("wish", _WISHES, ids=lambda wish: wish.field)
def test_each_wish_fills_its_own_field_and_no_other(wish: _Wish) -> None:
    """Of a build with all that is wished for: a wish that is new is read like the others."""
    kinds = [("float" if FLOAT in each.formats else "bool" if each.formats[INT] == "?" else "int") for each in _WISHES]
    table = [(each.names[0], kind, 64 if each.is_per_car else 1) for each, kind in zip(_WISHES, kinds, strict=True)]
    values: dict[str, Value] = {**DRIVING, "LapCompleted": 2}
    before = frame_of(values, table)
    assert before is not None
    assert None not in before._replace(in_car=())
    value = not getattr(before, wish.field) if wish.formats[INT] == "?" else 21
    shown = frame_of({**values, wish.names[0]: {2: value} if wish.is_per_car else value}, table)
    assert shown == before._replace(**{wish.field: value})
    assert type(getattr(shown, wish.field)) is type(getattr(before, wish.field))


def test_every_field_has_one_wish() -> None:
    """One without would be None for ever; two for one field would hide each other."""
    assert sorted([*(wish.field for wish in _WISHES), "tick", "in_car"]) == sorted(Frame._fields)
