"""``python -m teamtactics`` and the console script: turn the command's result into an exit code."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command of the command line."""
    from teamtactics.cli.main import main as run_command
    from teamtactics.desktop.memory import use_one_heap

    use_one_heap()
    return run_command()


if __name__ == "__main__":
    sys.exit(main())
