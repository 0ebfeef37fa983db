"""A user who installs, upgrades and removes teamtactics with its own installer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from windows.desktop import Desktop, Program
from windows.frozen import Build

RUN = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
UNINSTALL = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\teamtactics"
OWN = r"HKCU\Software\teamtactics"
PROGRAM = "teamtactics.exe"


class Installed:
    """
    Args:
        folder: Where it is installed (``C:\\…``); None for the installer's own choice.

        environment: What all its programs find in their environment, e.g. the emulators' addresses.
    """

    def __init__(
        self, pc: Desktop, build: Build, folder: str | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self.pc = pc
        self.build = build
        self.environment = dict(environment or {})
        self._chosen = folder
        self.folder = pc.path_of(folder) if folder else pc.local / "Programs" / "teamtactics"
        self.settings = pc.roaming / "teamtactics"
        self.data = pc.local / "teamtactics"

    @property
    def ini(self) -> Path:
        return self.settings / "teamtactics.ini"

    def install(self, *answers: str, code: int = 0) -> None:
        """Install silently, or upgrade; *answers* as they are typed: ``/TOPIC="laps"``."""
        line = f'"{self.pc.windows_path(self.build.setup)}" /S {" ".join(answers)}'
        if self._chosen:
            line += f" /D={self._chosen}"  # by the rules of NSIS last, and without quotes also with blanks
        got, output = self.pc.run_line(line, environment=self.environment)
        assert got == code, f"exit code {got} of {line}: {output}"

    def uninstall(self, *words: str) -> None:
        """Remove it silently."""
        code, output = self.pc.run(self.folder / "uninstall.exe", "/S", *words, environment=self.environment)
        assert code == 0, output
        # Windows cannot delete a running program: the uninstaller works in a copy, and its first process ends at once.
        self.pc.screen.until(lambda: not (self.folder / "uninstall.exe").exists())
        self.pc.screen.until(lambda: self.pc.registry(OWN, "InstallDir") is None)

    def start(self) -> Program:
        """Start the tray and wait for its icon."""
        shown = "the icon is shown"
        before = self.log().count(shown)
        program = self.pc.start(self.folder / PROGRAM, environment=self.environment)
        self.wait_for(shown, before + 1)
        self.pc.screen.icon()
        return program

    def cli(self, *arguments: str | Path, timeout_s: float = 120.0) -> tuple[int, str]:
        """Run ``teamtactics-cli.exe``; return exit code and output."""
        program = self.folder / "teamtactics-cli.exe"
        return self.pc.run(program, *arguments, environment=self.environment, timeout_s=timeout_s)

    def log(self) -> str:
        """Return the log so far."""
        path = self.settings / "irtactics.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def wait_for(self, line: str, times: int = 1, timeout_s: float = 60.0) -> None:
        """Wait until the log has *line* so many times."""
        try:
            self.pc.screen.until(lambda: self.log().count(line) >= times, timeout_s)
        except AssertionError as error:
            raise AssertionError(f"the log has not {times} times {line!r}:\n{self.log()}") from error
