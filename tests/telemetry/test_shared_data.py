"""Facts about the real images and recordings, through the sources that read them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.telemetry_fakes import drain
from teamtactics.errors import SourceRefused
from teamtactics.model.frame import NOT_IN_WORLD, Frame
from teamtactics.telemetry.image import ImageSource
from teamtactics.telemetry.opening import open_source
from teamtactics.telemetry.recording import RecordingSource
from teamtactics.telemetry.source import Source

pytestmark = pytest.mark.recording


def read(path: Path) -> tuple[Source, list[Frame]]:
    source = open_source(path, speed=None)
    assert source.connect()
    frames = drain(source)
    source.disconnect()
    return source, frames


@pytest.mark.parametrize(
    ("name", "own", "team", "ids", "user_id", "sessions", "ticks", "fuel_max_l"),
    [
        ("monzasunset", (0, 229120, "Robert Bausdorf"), (0, "Robert Bausdorf"), (0, 0), 229120,
         ["Offline Testing"], [4511, 4512, 4513], 106.0),
        ("solo-longbeach-caridx63", (63, 336372, "Christopher Scott4"), (0, "Christopher Scott4"),
         (160077438, 40528097), 336372, ["Practice"], [1932, 1933, 1934], 19.733),
        ("team-suzuka-2025-driving-practice", (13, 968989, "Tarik Alani"), (443119, "irDashies"),
         (291605127, 81168999), 968989, ["Practice"], [2, 3, 4], 98.0),
        ("team-suzuka-2025-watching-lap22", (15, 72105, "James R Kutia"), (468376, "DroneDeploy"),
         (292051276, 81269102), 968989, ["Practice", "Lone Qualify", "Race"], [2, 3, 4], 98.0),
        ("offline-interlagos-ai-race", (0, 968989, "Tarik Alani"), (0, "Tarik Alani"), (0, 0), 968989,
         ["Race"], [2, 3, 4], 102.0),
    ],
)  # fmt: skip
def test_who_and_what_an_image_shows(
    shared_data: Path, name: str, own: tuple[int, int, str], team: tuple[int, str], ids: tuple[int, int],
    user_id: int, sessions: list[str], ticks: list[int], fuel_max_l: float,
) -> None:  # fmt: skip
    image = ImageSource(shared_data / f"{name}.dump")
    assert image.connect()
    info, frames = image.info, drain(image)
    image.disconnect()
    assert info is not None
    assert info.own is not None
    assert (info.own.car_idx, info.own.user_id, info.own.user_name) == own
    assert info.driver_car_idx == own[0]
    assert (info.own.team_id, info.own.team_name) == team
    assert (info.session_id, info.subsession_id) == ids
    assert (info.driver_user_id, info.fuel_max_l, info.is_live) == (user_id, fuel_max_l, True)
    assert [entry.type for entry in info.sessions] == sessions
    assert info.is_team_session == name.startswith("team")
    assert [frame.tick for frame in frames] == ticks
    assert info.session(frames[-1].session_num) is not None
    assert image.missed_ticks == 0


def test_a_car_that_is_not_driven_shows_zeros_and_its_place(shared_data: Path) -> None:
    source, frames = read(shared_data / "monzasunset.dump")
    last = frames[-1]
    assert (last.is_on_track_car, last.lap, last.lap_completed, last.fuel_level) == (False, 0, 0, 0.0)
    assert (last.player_track_surface, last.car_lap) == (NOT_IN_WORLD, -1)
    assert (last.session_time, last.session_tick) == (151.58333587648212, 9488)
    assert list(source.missing_variables) == [
        "PitstopActive",
        "TrackWetness",
        "WeatherDeclaredWet",
        "PlayerTireCompound",
        "CarIdxLastLapTime",
    ]
    assert (last.pitstop_active, last.car_last_lap_time) == (None, None)


def test_the_own_car_is_not_at_the_place_of_its_index(shared_data: Path) -> None:
    """The original crashed here: three drivers in the list, own CarIdx 63."""
    _, frames = read(shared_data / "solo-longbeach-caridx63.dump")
    last = frames[-1]
    assert (last.lap, last.lap_completed, last.on_pit_road, last.is_on_track_car) == (0, -1, True, True)
    assert (last.car_lap, last.car_lap_completed) == (0, -1)
    assert last.car_on_pit_road is True
    assert last.fuel_level == pytest.approx(15.7214, abs=1e-3)


def test_a_member_who_watches_sees_the_car_only_through_its_index(shared_data: Path) -> None:
    _, frames = read(shared_data / "team-suzuka-2025-watching-lap22.dump")
    last = frames[-1]
    assert (last.session_num, last.session_unique_id) == (2, 3)
    assert (last.is_on_track_car, last.lap, last.lap_completed, last.fuel_level) == (False, 0, 0, 0.0)
    assert (last.car_lap, last.car_lap_completed, last.car_on_pit_road, last.car_track_surface) == (23, 22, False, 3)
    assert last.car_last_lap_time == pytest.approx(119.393, abs=1e-3)


def test_a_member_who_drives_sees_it_all(shared_data: Path) -> None:
    source, frames = read(shared_data / "team-suzuka-2025-driving-practice.dump")
    last = frames[-1]
    assert (last.is_on_track_car, last.lap, last.lap_completed, last.pit_sv_flags) == (True, 0, -1, 63)
    assert last.fuel_level == pytest.approx(96.5214, abs=1e-3)
    assert (source.missing_variables, source.derived_variables) == ((), ())


def test_an_offline_race_has_a_unique_id_of_its_own(shared_data: Path) -> None:
    _, frames = read(shared_data / "offline-interlagos-ai-race.dump")
    assert (frames[-1].session_num, frames[-1].session_unique_id, frames[-1].lap_completed) == (0, 2, 7)


@pytest.mark.parametrize(
    ("name", "records", "first", "last"),
    [
        ("14-45-28", 2709, (4143.733333611474, 0, 43.30707), (4188.883333610818, 173, 43.01326)),
        ("14-47-39", 2718, (4274.500000276241, 0, 43.30707), (4319.81666694225, 178, 42.77037)),
        ("14-48-39", 3244, (4334.483333608704, 0, 43.30707), (4388.550000274585, 181, 42.64849)),
        ("14-50-46", 5476, (4461.583333606857, 0, 43.30707), (4552.883333605531, 187, 42.94965)),
    ],
)
def test_a_recording_of_2015(
    shared_data: Path, name: str, records: int, first: tuple[float, int, float], last: tuple[float, int, float]
) -> None:
    source, frames = read(shared_data / f"skmodified_langley_2015-05-28_{name}.ibt")
    assert [frame.tick for frame in frames] == list(range(records))
    for frame, (time_s, lap, fuel) in ((frames[0], first), (frames[-1], last)):
        assert (frame.session_time, frame.lap, frame.lap_completed) == (time_s, lap, lap - 1)
        assert frame.fuel_level == pytest.approx(fuel, abs=1e-4)
    assert source.derived_variables == ("LapCompleted",)
    assert {"SessionTimeOfDay", "PlayerCarTowTime", "PitSvFlags"} <= set(source.missing_variables)
    assert (frames[-1].session_time_of_day, frames[-1].player_car_tow_time, frames[-1].pit_sv_flags) == (None,) * 3
    assert source.info is not None
    assert (source.info.driver_user_id, source.info.fuel_max_l) == (None, None)
    assert source.info.own is not None
    assert (source.info.own.user_name, source.info.own.user_id) == ("Loren Roberts2", 190243)


def test_the_clock_of_a_recording_is_the_wall_clock_of_that_day(shared_data: Path) -> None:
    source, frames = read(shared_data / "skmodified_langley_2015-05-28_14-48-39.ibt")
    assert source.utc_at(frames[0].session_time) == datetime(2015, 5, 28, 18, 48, 39, tzinfo=UTC)
    assert source.key == "recording:skmodified_langley_2015-05-28_14-48-39.ibt:1847944:1432838919"


def test_the_glitch_tick_of_the_reset_is_kept(shared_data: Path) -> None:
    """Lap 0 for one tick while the fuel is already refilled (SIMULATOR#reset): the race room decides."""
    _, frames = read(shared_data / "skmodified_langley_2015-05-28_14-50-46.ibt")
    before, glitch, after = frames[3433:3436]
    assert [frame.lap for frame in (before, glitch, after)] == [186, 0, 186]
    assert glitch.fuel_level == pytest.approx(43.3071, abs=1e-4)


def test_the_stall_is_left_and_entered_again_in_the_recording_of_2024(shared_data: Path) -> None:
    source, frames = read(shared_data / "pit-stall-modern.ibt")
    in_stall = [frame.player_car_in_pit_stall for frame in frames]
    changes = [tick for tick in range(1, len(frames)) if in_stall[tick] != in_stall[tick - 1]]
    assert changes == [162, 221]
    assert (len(frames), frames[0].lap_completed, frames[0].session_time_of_day) == (390, 8, 43200.0)
    assert source.info is not None
    assert (source.info.driver_user_id, source.info.fuel_max_l) == (450313, 146.667)


def test_the_recording_broken_on_purpose_is_refused(shared_data: Path) -> None:
    with pytest.raises(SourceRefused, match=r"corrupt\.ibt: neither a memory image nor a recording of iRacing"):
        open_source(shared_data / "corrupt.ibt")


def test_every_recording_cut_off_anywhere_is_refused_or_read_to_its_last_record(
    shared_data: Path, tmp_path: Path
) -> None:
    content = (shared_data / "pit-stall-modern.ibt").read_bytes()
    cut = tmp_path / "cut.ibt"
    for length in (1, 100, 130, 150, 30_000, 53_764, 53_764 + 1071, 53_764 + 1072, 53_764 + 5 * 1072 + 3, 471_843):
        cut.write_bytes(content[:length])
        whole = max(0, (length - 53_764) // 1072)
        if whole == 0:
            with pytest.raises(SourceRefused):
                open_source(cut)
        else:
            assert len(read(cut)[1]) == whole


def test_a_file_is_known_by_its_content(shared_data: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "tape.dump"
    renamed.write_bytes((shared_data / "pit-stall-modern.ibt").read_bytes())
    assert isinstance(open_source(renamed), RecordingSource)
    renamed.write_bytes((shared_data / "monzasunset.dump").read_bytes())
    assert isinstance(open_source(renamed), ImageSource)


@pytest.mark.parametrize("name", ["README.md", "barcelona-team1-watching.txt", ".", "there-is-none.dump"])
def test_what_is_no_telemetry_is_refused_when_it_is_opened(shared_data: Path, name: str) -> None:
    with pytest.raises(SourceRefused):
        open_source(shared_data / name)
