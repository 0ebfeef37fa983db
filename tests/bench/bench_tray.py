"""
The tray app on a real screen: from its start to its icon, and memory and CPU with the icon up at 60 Hz.

    python tests/bench/bench_tray.py               # some seconds at 60 Hz
    python tests/bench/bench_tray.py --minutes 60  # an hour of racing
    python tests/bench/bench_tray.py --minutes 60 --times 4  # as many ticks in a quarter of an hour

Firestore is the emulator, iRacing a memory image that another process writes in real time.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from e2e.race_process import RaceProcess
from support.emulators import EmulatorAbsent, running_firestore_emulator
from tray.x11_user import X11User
from windows.screen import Screen
from windows.toolchain import WindowsAbsent

STARTS = 5
LAP_S = 40.0
ADA = "310001"


def start_to_icon_s(screen: Screen, folder: Path) -> float:
    """Start the tray, wait until the icon is in the tray, end it; return what the start took, s."""
    user = X11User(folder, screen)
    began_s = time.monotonic()
    user.client.start("run")
    try:
        while not user.icons():
            assert time.monotonic() - began_s < 20, user.client.log()
        took_s = time.monotonic() - began_s
        user.client.stop()
    finally:
        user.client.kill()
    return took_s


def race(screen: Screen, folder: Path, firestore: str, minutes: float, times: float) -> None:
    """Let the tray record *minutes* of a race, so many *times* faster, and print memory and CPU as they go."""
    folder.mkdir()
    image = folder / "live.dump"
    laps = max(12, round(minutes * 60 / LAP_S) + 4)
    user = X11User(folder / "client", screen, {"simulate": str(image)})
    user.client.environment |= {"FIRESTORE_EMULATOR_HOST": firestore, "GOOGLE_CLOUD_PROJECT": "bench-tray"}
    with RaceProcess(f"demo:{laps}", image, 60.0 * times, ADA) as process, user:
        user.client.wait_for("connected to")
        process.go()
        user.client.wait_for("in the car", 60.0)
        time.sleep(10.0)
        assert user.client.process is not None
        me = psutil.Process(user.client.process.pid)
        began_s, cpu_s = time.monotonic(), sum(me.cpu_times()[:2])
        next_s = began_s
        while (now_s := time.monotonic()) < began_s + minutes * 60 / times:
            if now_s >= next_s:
                share = (sum(me.cpu_times()[:2]) - cpu_s) / max(1e-9, now_s - began_s)
                memory = me.memory_full_info()
                print(
                    f"  {(now_s - began_s) * times / 60:5.1f} min  {memory.rss / 1e6:6.1f} MB resident "
                    f"({memory.uss / 1e6:.1f} of its own)  {share:6.2%} of a core  "
                    f"{me.num_threads()} threads  {me.num_fds()} files",
                    flush=True,
                )
                next_s += max(10.0, minutes * 60 / times / 12)
            time.sleep(0.5)
        user.client.stop()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=0.5, help="of the race")
    parser.add_argument("--times", type=float, default=1.0, help="so many times faster than real time")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        screen = stack.enter_context(Screen.open())
        took = [start_to_icon_s(screen, folder / f"start{number}") for number in range(STARTS)]
        print(
            f"start to icon: {statistics.median(took):.2f} s (median of {STARTS}, {min(took):.2f} to {max(took):.2f})"
        )
        firestore = stack.enter_context(running_firestore_emulator())
        print(f"{chosen.minutes:g} minutes at {60 * chosen.times:g} Hz:")
        race(screen, folder / "race", firestore, chosen.minutes, chosen.times)


if __name__ == "__main__":
    try:
        main()
    except (WindowsAbsent, EmulatorAbsent) as error:
        print(f"not measured: {error}")
