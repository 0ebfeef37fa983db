"""A race behind a real icon and a real cloud: green while the server confirms, amber while it cannot be reached."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.client import until
from e2e.race_process import RaceProcess
from support.firestore_reader import FirestoreReader
from support.relay import Relay
from teamtactics.tray.drawing.picture import Theme, draw
from teamtactics.tray.sign import Face, Sign
from tray.x11_user import X11User
from windows.screen import Screen

pytestmark = [pytest.mark.slow, pytest.mark.emulator, pytest.mark.timeout(300)]


def shows(user: X11User, face: Face) -> bool:
    """Say whether the icon is *face* with any stint, on the light tray of the tests."""
    seen = user.picture()
    size = min(seen.size)
    left, top = (seen.width - size) // 2, (seen.height - size) // 2
    for stint in (None, 1, 2, 3):
        drawn = draw(Sign(face, stint), size, Theme.LIGHT)
        opaque = [
            (x, y)
            for y in range(size)
            for x in range(size)
            if drawn.getpixel((x, y))[3] == 255  # type: ignore[index]
        ]
        same = sum(seen.getpixel((left + x, top + y)) == drawn.getpixel((x, y))[:3] for x, y in opaque)  # type: ignore[index]
        if same >= 0.98 * len(opaque):
            return True
    return False


def until_it_shows(user: X11User, face: Face, timeout_s: float = 30.0) -> None:
    until(lambda: shows(user, face), timeout_s, lambda: f"the icon never showed {face}:\n{user.client.log()}")
    user.shot(f"face-{face.name.lower()}")


def says(user: X11User) -> str:
    """The tooltip, which X11 knows as the window's name."""
    return user.icon().name


def test_the_icon_of_a_race_with_an_outage(screen: Screen, tmp_path: Path, firestore_emulator: str) -> None:
    image = tmp_path / "live.dump"
    project = "tray-outage"
    with Relay(firestore_emulator) as relay, RaceProcess("solo", image, 60.0, "410001") as race:
        user = X11User(tmp_path / "client", screen, {"simulate": str(image), "stateInterval": "5"})
        user.client.environment |= {"FIRESTORE_EMULATOR_HOST": relay.address, "GOOGLE_CLOUD_PROJECT": project}
        with user:
            race.go()
            until_it_shows(user, Face.DELIVERED, 60.0)
            name = says(user)
            assert "Ada Falk" in name and "iRacing ✓ Firestore ✓" in name, name
            relay.refuse()
            until_it_shows(user, Face.UNREACHABLE)
            race.until_lap(1)
            until(lambda: "still to be delivered" in says(user), 20.0, lambda: says(user))
            assert "Firestore ✗" in says(user)
            relay.heal()
            until_it_shows(user, Face.DELIVERED, 60.0)
            arrived: Callable[[], bool] = lambda: bool(laps_in(firestore_emulator, project))  # noqa: E731
            until(arrived, 20.0, user.client.log)
            assert user.client.stop()[0] == 0


def laps_in(firestore: str, project: str) -> list[object]:
    reader = FirestoreReader(firestore, project)
    return [lap["LapCompleted"] for lap in reader.laps("Ada Falk@porsche991rsr#ring before#0")]
