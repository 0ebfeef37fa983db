"""The writer that the tests rely on writes what pyirsdk, which is not ours, reads."""

from __future__ import annotations

from pathlib import Path

import irsdk

from support.image_writer import MEMORY_SIZE, ImageWriter, session_text


def test_pyirsdk_reads_what_the_writer_writes(tmp_path: Path) -> None:
    path = tmp_path / "x.dump"
    with ImageWriter(path) as image:
        image.write_session_text(session_text(car_idx=63, team_name="Öyh-Öyh", other_drivers=((0, 1, "Other"),)))
        for tick in range(5):
            image.write_tick({"SessionTime": 10 + tick, "Lap": tick, "CarIdxLap": {63: 7}, "OnPitRoad": True})
        sdk = irsdk.IRSDK()
        assert sdk.startup(test_file=str(path))
        sdk.freeze_var_buffer_latest()
        assert sdk.is_connected
        assert (sdk["SessionTime"], sdk["Lap"], sdk["OnPitRoad"], sdk["FuelLevel"]) == (14.0, 4, True, 0.0)
        assert sdk["CarIdxLap"][62:] == [0, 7]
        assert sdk["DriverInfo"]["DriverCarIdx"] == 63
        assert [entry["CarIdx"] for entry in sdk["DriverInfo"]["Drivers"]] == [0, 63]
        assert sdk["DriverInfo"]["Drivers"][1]["TeamName"] == "Öyh-Öyh"
        assert sdk["SessionInfo"]["Sessions"][0]["SessionLaps"] == "unlimited"
        image.set_connected(False)
        assert not sdk._header.status
        sdk.shutdown()
    assert path.stat().st_size == MEMORY_SIZE
    assert list(tmp_path.iterdir()) == [path]
