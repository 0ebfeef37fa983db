"""
What the tape costs: size of a day, replay, CPU and memory beside clients without one in the same run.

    python tests/bench/bench_tape.py [seconds with clients at 60 Hz]

Assumed for the size: somebody drives all the time, for then most variables change (a watcher's tape is smaller). Ticks
are those of a real recording, again and again with the clock going on, each read alone, at a moment off by 0.5 ms;
the session text is a real one of 82 kB, in which the results of a lap change every two seconds. Both come from beside
the checkout; without them the scripted race takes their place, whose numbers are smoother.
"""

from __future__ import annotations

import io
import random
import re
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from e2e.client import Client
from e2e.race_process import RaceProcess
from race_sim.named_scripts import script_named
from race_sim.session_text import session_text
from teamtactics.demo import views
from teamtactics.demo.engine import ticks
from teamtactics.demo.world import Quirk
from teamtactics.model.frame import Frame
from teamtactics.telemetry.recording import RecordingSource
from teamtactics.telemetry.tape.chunk import Reading, decode, encode, stretches

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"
RECORDING = SHARED_DATA / "skmodified_langley_2015-05-28_14-50-46.ibt"
TEXT = SHARED_DATA / "barcelona-team1-watching.txt"
SCRIPT = "demo:100"
CHUNK = 3600
SIZE_MINUTES = 10
DAY_MINUTES = 24 * 60
CLIENTS = 3
BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
_FLOAT = struct.Struct("f")


def narrow(frame: Frame) -> Frame:
    """Return *frame* with the 32 bits that the simulator gives of all but the session's time."""
    floats = {name: value for name, value in frame._asdict().items() if isinstance(value, float)}
    return frame._replace(
        **{name: _FLOAT.unpack(_FLOAT.pack(value))[0] for name, value in floats.items() if name != "session_time"}
    )


def scripted() -> Iterator[tuple[Frame, bytes]]:
    """Yield the ticks of the scripted race as its first member sees them."""
    script = script_named(SCRIPT)
    member = script.members[0].customer_id
    version, text = -1, b""
    for world in ticks(script):
        if world.text_version != version:
            version, text = world.text_version, session_text(world, member).encode()
        if world.quirk is not Quirk.MISSED:
            yield narrow(views.frame(world, member)), text


def driven() -> Iterator[tuple[Frame, bytes]]:
    """Yield ticks of somebody driving, for as long as they are asked for."""
    source = RecordingSource(RECORDING)
    source.connect()
    frames: list[Frame] = []
    while not source.has_ended:
        frames += source.read(0.5)
    source.disconnect()
    text, chance, at = TEXT.read_bytes(), random.Random(2), 0
    while True:
        for frame in frames:
            if at % 120 == 0:
                text = with_a_lap(text, chance)
            yield frame._replace(tick=at, session_tick=at, session_time=frames[0].session_time + at / 60), text
            at += 1


def with_a_lap(text: bytes, chance: random.Random) -> bytes:
    """Return *text* after somebody has completed a lap: the times of one entry of the results are others."""
    found = list(re.finditer(rb"(?m)^ +(?:Time|LastTime|FastestTime|Lap|LapsComplete): [-\d.]+", text))
    begin = chance.randrange(max(1, len(found) - 5))
    for match in reversed(found[begin : begin + 5]):
        digits = b"%d.%04d" % (chance.randrange(80, 99), chance.randrange(10_000))
        text = text[: match.start()] + match[0].rsplit(b" ", 1)[0] + b" " + digits + text[match.end() :]
    return text


def readings(given: Iterator[tuple[Frame, bytes]]) -> Iterator[Reading]:
    """Yield each tick as a reading by itself, as a client on a quiet PC takes them."""
    chance = random.Random(1)
    for number, (frame, text) in enumerate(given):
        yield Reading([frame], text, BEGAN + timedelta(seconds=number / 60 + chance.gauss(0.002, 0.0005)))


def chunks_of(given: Iterator[Reading], most: int) -> Iterator[tuple[bytes, int, float]]:
    """Yield at most *most* chunks: the bytes, the ticks, and how long encoding took."""
    for _ in range(most):
        minute = [reading for reading, _ in zip(given, range(CHUNK), strict=False)]
        if not minute:
            return
        began_s = time.thread_time()
        chunk = encode(minute, "live", "bench")
        yield chunk, len(minute), time.thread_time() - began_s


def size() -> None:
    is_real = RECORDING.exists() and TEXT.exists()
    made = list(chunks_of(readings(driven() if is_real else scripted()), SIZE_MINUTES))
    count = sum(tick_count for _, tick_count, _ in made)
    day_mb = sum(len(chunk) for chunk, _, _ in made) / count * CHUNK * DAY_MINUTES / 1e6
    used_s = statistics.median(took_s / tick_count for _, tick_count, took_s in made) * CHUNK
    print(f"size of 24 h, from {len(made)} min of {'a recording' if is_real else SCRIPT}: {day_mb:.0f} MB (reach 150)")
    print(f"encoding a minute: {1000 * used_s:.1f} ms, {100 * used_s / 60:.3f} % of a core")


def replay(folder: Path) -> None:
    path = folder / "race.tape"
    made = list(chunks_of(readings(scripted()), 1_000))
    path.write_bytes(b"".join(chunk for chunk, _, _ in made))
    race_s = sum(tick_count for _, tick_count, _ in made) / 60
    began_s = time.perf_counter()
    for body in stretches(io.BytesIO(path.read_bytes())):
        assert body is not None
        for _ in decode(body):
            pass
    print(f"decode alone: {race_s / (time.perf_counter() - began_s):,.0f} times real time (reach 1,000)")
    took = []
    for number in range(CLIENTS):
        client = Client(folder / f"replay-{number}")
        began_s = time.perf_counter()
        code, output = client.run("replay", str(path), timeout_s=300)
        took.append(time.perf_counter() - began_s)
        assert code == 0, output
    print(f"replay, start of the program included, {race_s:.0f} s of {SCRIPT}, median of {CLIENTS}:")
    print(f"  {statistics.median(took):.2f} s, {race_s / statistics.median(took):,.0f} times real time (reach 1,000)")


def recording(folder: Path, seconds: float) -> None:
    """Let clients with and without a tape follow the same image at the same time."""
    image = folder / "race.dump"
    with ExitStack() as stack:
        race = stack.enter_context(RaceProcess(SCRIPT, image, 60.0, "310001"))
        found: dict[str, list[Client]] = {"on": [], "off": []}
        for number in range(CLIENTS):
            for tape, clients in found.items():
                client = Client(folder / f"{tape}-{number}", {"simulate": str(image), "tape": tape}, is_urgent=True)
                clients.append(stack.enter_context(client))
        for client in (*found["on"], *found["off"]):
            client.wait_for("connected to")
        race.go()
        time.sleep(5)
        processes = {tape: [_process(client) for client in clients] for tape, clients in found.items()}
        before = {tape: [_cpu_s(process) for process in each] for tape, each in processes.items()}
        most = {tape: [0.0] * CLIENTS for tape in found}
        began_s = time.monotonic()
        while time.monotonic() - began_s < seconds:
            time.sleep(0.05)
            for tape, each in processes.items():
                most[tape] = [
                    max(was, process.memory_info().rss) for was, process in zip(most[tape], each, strict=True)
                ]
        ran_s = time.monotonic() - began_s
        used = {
            tape: statistics.median(_cpu_s(process) - was for process, was in zip(each, before[tape], strict=True))
            for tape, each in processes.items()
        }
        missed: dict[str, list[int]] = {}
        for tape, clients in found.items():
            for client in clients:
                client.stop()
            logged = [re.findall(r"ticks read, (\d+) missed", client.log()) for client in clients]
            missed[tape] = [int(number) for numbers in logged for number in numbers]
        tapes = [path for client in found["on"] for path in (client.folder / "data" / "tapes").glob("*.tape")]
        assert len(tapes) == CLIENTS, "each of them made a tape"
    cpu = {tape: 100 * seconds_used / ran_s for tape, seconds_used in used.items()}
    rss = {tape: statistics.median(sizes) / 1e6 for tape, sizes in most.items()}
    print(f"{CLIENTS} clients with a tape beside {CLIENTS} without, the same race at 60 Hz, {ran_s:.0f} s, medians:")
    print(f"  CPU {cpu['on']:.2f} and {cpu['off']:.2f} % of a core: {cpu['on'] - cpu['off']:+.3f} % (reach 0.1)")
    print(f"  peak RSS {rss['on']:.1f} and {rss['off']:.1f} MB: {rss['on'] - rss['off']:+.1f} MB (reach 8)")
    print(f"  ticks missed, each client: with {missed['on']}, without {missed['off']}")


def _process(client: Client) -> psutil.Process:
    assert client.process is not None
    return psutil.Process(client.process.pid)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def main() -> None:
    """Measure and print."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 130.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size()
        replay(folder)
        recording(folder, seconds)


if __name__ == "__main__":
    main()
