"""
Runs a command until its own standard input ends, then ends the whole process group, itself included.

    python guardian.py command argument …

For servers whose wrapper scripts start a JVM that knows nothing of who wants it: the one end of a pipe that the starter
holds is closed by the system however the starter dies, also by signal 9. Started in a session of its own, so that the
group holds nothing but the command and what it starts.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def main() -> None:
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)

    def end_with_it() -> None:
        os._exit(process.wait() & 0xFF)  # the main thread hangs in a read that nothing but the starter's end wakes

    threading.Thread(target=end_with_it, daemon=True).start()
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
