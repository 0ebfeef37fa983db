"""The product's own command with the shorter pauses of a race that is played fast (``client_process.hasten``)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from race_sim.client_process import hasten
from teamtactics.cli.main import main

if __name__ == "__main__":
    hasten()
    raise SystemExit(main())
