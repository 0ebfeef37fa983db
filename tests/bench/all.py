"""Prints every figure of the project, one program after the other: ``python tests/bench/all.py``; five minutes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAMS = (
    ["bench_tick.py"],
    ["bench_fold.py"],
    ["bench_outbox.py"],
    ["bench_cloud.py"],
    ["bench_outage.py", "25", "2"],
    ["bench_client.py", "30"],
    ["bench_memory.py"],
    ["bench_tape.py", "60"],
    ["bench_page.py"],
    ["bench_disk.py", "0.5", "15"],
    ["bench_tray.py"],
    ["bench_windows.py"],
)


def main() -> int:
    """Run them; 1 when one of them broke, whatever the figures are."""
    broken = 0
    for program, *arguments in PROGRAMS:
        print(f"\n-- {program}", flush=True)
        path = Path(__file__).with_name(program)
        broken |= subprocess.run([sys.executable, str(path), *arguments], check=False, timeout=600).returncode != 0
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
