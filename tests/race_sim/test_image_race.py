"""A scripted race in memory images is read back as it was played."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from race_sim.image_race import ImageRace, main, paced
from race_sim.named_scripts import ADA, BEN, CLEO, script_named
from teamtactics.demo import views
from teamtactics.demo.engine import ticks
from teamtactics.demo.world import Quirk
from teamtactics.model.frame import Frame
from teamtactics.telemetry.image import ImageSource

SCRIPT = script_named("tow-with-change")


def close_to(shown: Frame, read: Frame) -> bool:
    """Equal but for single precision."""
    return all(
        value == pytest.approx(other, rel=1e-6, abs=1e-6) if isinstance(value, float) else value == other
        for value, other in zip(shown, read, strict=True)
    )


def test_what_is_written_is_what_a_client_reads(tmp_path: Path) -> None:
    paths = {member.customer_id: tmp_path / f"{member.customer_id}.dump" for member in (ADA, BEN)}
    race = ImageRace(SCRIPT, paths)
    sources: dict[int, ImageSource] = {}
    compared = 0
    for world in ticks(SCRIPT):
        race.show(world)
        if not sources:
            sources = {member_id: ImageSource(path, wait=lambda _: None) for member_id, path in paths.items()}
            assert all(source.connect() for source in sources.values())
        if world.tick % 7 or world.quirk is not Quirk.NONE:
            continue
        for member_id, source in sources.items():
            frames = source.read(0.0)
            if not frames or frames[-1].tick != world.tick:
                continue  # an image is read no more often than a simulator is: see telemetry.image.Pace
            compared += 1
            assert close_to(views.frame(world, member_id), frames[-1])
            assert source.info == views.session_info(world, member_id)
    race.close()
    assert compared > 1_000


def test_the_images_appear_complete_under_their_names(tmp_path: Path) -> None:
    path = tmp_path / "live.dump"
    race = ImageRace(SCRIPT, {ADA.customer_id: path})
    assert not path.exists()
    race.show(next(iter(ticks(SCRIPT))))
    source = ImageSource(path)
    assert source.connect()
    assert source.read(0.1)
    source.disconnect()
    race.close()


def test_the_pace_does_not_drift() -> None:
    now, waits = [0.0], []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds + 0.001  # a sleep that always oversleeps

    played = sum(1 for _ in paced(ticks(script_named("solo")), 60.0, lambda: now[0], wait))
    assert now[0] == pytest.approx((played - 1) / 60.0, abs=0.01)


def test_as_a_process_it_tells_what_it_does(tmp_path: Path) -> None:
    program = [sys.executable, str(Path(__file__).with_name("image_race.py"))]
    arguments = ["--script", "drive-through", "--member", "all", "--image", str(tmp_path), "--rate", "0", "--wait"]
    done = subprocess.run([*program, *arguments], input="go\n", capture_output=True, text=True, timeout=60, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in told] == ["ready", *["lap"] * 7, "ended"]
    assert set(told[0]["images"]) == {str(member.customer_id) for member in (ADA, BEN, CLEO)}
    assert all(Path(path).is_file() for path in told[0]["images"].values())


def test_a_wrong_member_or_script_is_refused_with_a_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    for arguments, why in (
        (["--script", "no-such", "--image", str(tmp_path / "x")], "no script"),
        (["--script", "solo", "--member", "5", "--image", str(tmp_path / "x")], "no member"),
    ):
        with pytest.raises(SystemExit):
            main(arguments)
        assert why in capsys.readouterr().err
