r"""
A Windows user at a screen: a fresh Wine prefix, in which programs run and are ended by their ids.

    with Desktop.open(tmp_path / "pc", toolchain) as pc:
        code, output = pc.run(toolchain.python, "-c", "print(1)")
        program = pc.start(r"C:\Program Files\…\teamtactics.exe")
        icon = pc.screen.icon()

Paths of this machine are given as they are: a Windows program sees them on drive Z:.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PureWindowsPath

from support.urgent import urgent
from windows.screen import Screen
from windows.toolchain import ROOT, Toolchain, copy_prefix, wine_environment

_END_LIMIT_S = 60.0
_SERVER_LIMIT_S = 15.0
"""Wine's server sometimes waits for a process that was killed; what is left is then ended by its id."""
_READ_REGISTRY = """
import json, sys, winreg
root, _, path = sys.argv[1].partition("\\\\")
assert root == "HKCU", root
try:
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
        value = winreg.QueryValueEx(key, sys.argv[2])[0]
except FileNotFoundError:
    value = None
print(json.dumps(value.hex() if isinstance(value, bytes) else value))
"""


class Program:
    """
    A running Windows program.

    Attributes:
        process: Its process on this machine.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, name=f"output-{process.pid}", daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return "".join(self._lines)

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def say(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait(self, timeout_s: float = 60.0) -> tuple[int, str]:
        """
        Wait for its end; return exit code and output.

        Raises:
            AssertionError: It did not end in time.
        """
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"still running after {timeout_s:.0f} s; it said:\n{self.output}") from error
        # A program it has started may hold the pipe open: what is there by now is the output.
        self._reader.join(2.0)
        return code, self.output

    def kill(self) -> None:
        """End it as a power failure would."""
        self.process.kill()
        self.process.wait(_END_LIMIT_S)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with suppress(ValueError):  # closed at the end of the desktop
            self._lines.extend(iter(self.process.stdout.readline, ""))


class Desktop:
    """
    Attributes:
        prefix: The Wine prefix.

        home: The Windows user's folder, e.g. ``…/drive_c/users/Jürgen``; exists once a program ran.
    """

    def __init__(self, folder: Path, toolchain: Toolchain, screen: Screen, user: str) -> None:
        self.folder = folder
        self.prefix = folder / "prefix"
        self.toolchain = toolchain
        self.screen = screen
        self.user = user
        home = folder / "home"
        home.mkdir(parents=True)
        self.environment = wine_environment(self.prefix, screen.display, HOME=str(home), USER=user, LOGNAME=user)
        self._programs: list[Program] = []

    @classmethod
    @contextmanager
    def open(cls, folder: Path, toolchain: Toolchain, user: str = "racer") -> Iterator[Desktop]:
        """
        Make a PC in *folder* and end everything that runs on it at the end of the block.

        Raises:
            WindowsAbsent: A Debian package is missing.
        """
        with Screen.open() as screen:
            desktop = cls(folder, toolchain, screen, user)
            copy_prefix(toolchain.prefix, desktop.prefix)
            try:
                yield desktop
            finally:
                desktop.end()

    @property
    def home(self) -> Path:
        return self.drive_c / "users" / self.user

    @property
    def drive_c(self) -> Path:
        return self.prefix / "drive_c"

    @property
    def roaming(self) -> Path:
        """%APPDATA%."""
        return self.home / "AppData" / "Roaming"

    @property
    def local(self) -> Path:
        """%LOCALAPPDATA%."""
        return self.home / "AppData" / "Local"

    def path_of(self, windows_path: str) -> Path:
        r"""Return where ``C:\…`` or ``Z:\…`` lies on this machine."""
        path = PureWindowsPath(windows_path)
        root = {"c:": self.drive_c, "z:": Path("/")}[path.drive.lower()]
        return root.joinpath(*path.parts[1:])

    def windows_path(self, path: Path) -> str:
        """Return what a Windows program calls *path* of this machine."""
        with suppress(ValueError):
            return "C:\\" + str(path.relative_to(self.drive_c)).replace("/", "\\")
        return "Z:" + str(path).replace("/", "\\")

    def start(
        self,
        program: str | Path,
        *arguments: str | Path,
        environment: dict[str, str] | None = None,
        folder: Path | None = None,
    ) -> Program:
        r"""
        Start a Windows program: a path of this machine, ``C:\…``, or a name Windows knows.

        Args:
            environment: Variables beside the desktop's own.

            folder: Where it starts; the folder of the PC by default.
        """
        words = [str(word) if isinstance(word, str) else self.windows_path(word) for word in (program, *arguments)]
        process = subprocess.Popen(
            # Windows' own server, begun by the first program, is urgent as well: simulator and client wait for both.
            urgent(["wine", *words]),
            env={**self.environment, **(environment or {})},
            cwd=folder or self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        started = Program(process)
        self._programs.append(started)
        return started

    def run(
        self,
        program: str | Path,
        *arguments: str | Path,
        environment: dict[str, str] | None = None,
        timeout_s: float = 120.0,
    ) -> tuple[int, str]:
        """Run a Windows program to its end; return exit code and output."""
        started = self.start(program, *arguments, environment=environment)
        assert started.process.stdin is not None
        started.process.stdin.close()
        try:
            return started.wait(timeout_s)
        finally:
            if started.is_running:
                started.kill()

    def run_line(self, line: str, environment: dict[str, str] | None = None) -> tuple[int, str]:
        """Run a command line as Windows gets it, with its own quotes; return exit code and output."""
        # Wine would put quotes of its own around every word with a blank.
        starter = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1]))"
        return self.run(self.toolchain.python, "-c", starter, line, environment=environment)

    def start_source(self, *arguments: str | Path, environment: dict[str, str] | None = None) -> Program:
        """Start ``python -m teamtactics`` from the source tree, with the Windows CPython."""
        source = {"PYTHONPATH": self.windows_path(ROOT / "app"), "PYTHONDONTWRITEBYTECODE": "1"}
        module = ["-X", "utf8", "-m", "teamtactics"]
        return self.start(self.toolchain.python, *module, *arguments, environment={**source, **(environment or {})})

    def registry(self, key: str, name: str = "") -> str | None:
        r"""Return the value *name* of a registry key (``HKCU\Software\…``); None when it is not there."""
        # Not with reg.exe: it prints in a code page that lacks half of the letters.
        code, output = self.run(self.toolchain.python, "-X", "utf8", "-c", _READ_REGISTRY, key, name)
        assert code == 0, output
        value: str | None = json.loads(output)
        return value

    def set_registry(self, key: str, name: str, kind: str, data: str) -> None:
        """Write a registry value: *kind* and *data* as reg.exe wants them."""
        code, output = self.run("reg", "add", key, "/v", name, "/t", kind, "/d", data, "/f")
        assert code == 0, output

    def processes(self, name: str | None = None) -> list[int]:
        """Return the ids of this PC's processes, or of those of one program (``teamtactics.exe``), on this machine."""
        mark = f"WINEPREFIX={self.prefix}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with suppress(OSError):
                if mark not in (entry / "environ").read_bytes().split(b"\0"):
                    continue
                words = (entry / "cmdline").read_bytes().split(b"\0")
                # Wine shows what Windows was told to run: the path of the program.
                programs = {PureWindowsPath(word.decode(errors="replace")).name.lower() for word in words[:2]}
                if name is None or name.lower() in programs:
                    found.append(int(entry.name))
        return sorted(found)

    def kill(self, name: str) -> None:
        """End every process of a program on this PC at once, as a power failure would."""
        for pid in self.processes(name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def until_gone(self, name: str, timeout_s: float = 30.0) -> None:
        """
        Wait until no process of that program runs.

        Raises:
            AssertionError: One still does.
        """
        deadline_s = time.monotonic() + timeout_s
        while running := self.processes(name):
            assert time.monotonic() < deadline_s, f"{name} still runs: {running}"
            time.sleep(0.1)

    def end(self) -> None:
        """End everything that runs on this PC."""
        for how in ("--kill", "--wait"):
            with suppress(subprocess.TimeoutExpired):
                subprocess.run(["wineserver", how], env=self.environment, timeout=_SERVER_LIMIT_S, check=False)
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for program in self._programs:
            program.kill()
            for stream in (program.process.stdin, program.process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()
