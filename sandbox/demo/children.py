"""The processes of a demo: started, watched, and stopped by their process ids whatever happens."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sandbox.demo import limits
from sandbox.demo.failures import CouldNotRun
from shared.wire import NotJson, decode

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Child:
    """A running process; what it prints goes to its log file."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    def check(self) -> None:
        """Raises CouldNotRun when it has ended."""
        if self.process.returncode is not None:
            raise CouldNotRun(
                f"{self.name} has ended with exit code {self.process.returncode}; the end of {self.log}:\n"
                + tail(self.log)
            )


class Children:
    """All processes of one demo."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.running: list[Child] = []

    async def start(self, name: str, *arguments: str, env: Mapping[str, str] | None = None) -> Child:
        """`python -m arguments`, in the demo's folder and in a session of its own, so that Ctrl-C reaches us alone."""
        log = self._folder / f"{name}.log"
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *arguments,
                cwd=self._folder,
                env=environment(env or {}),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        child = Child(name, process, log)
        self.running.append(child)
        return child

    async def run(self, name: str, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        """The same until it has ended by itself. Raises CouldNotRun when that wasn't well."""
        child = await self.start(name, *arguments, env=env)
        try:
            async with asyncio.timeout(limits.START_SECONDS):
                code = await child.process.wait()
        except TimeoutError as error:
            raise CouldNotRun(f"{name} has not ended within {limits.START_SECONDS:.0f} s; see {child.log}") from error
        if code != 0:
            child.check()
        self.running.remove(child)

    def check(self) -> None:
        """Raises CouldNotRun when one has ended."""
        for child in self.running:
            child.check()

    async def until_one_ends(self) -> NoReturn:
        """Waits, and raises CouldNotRun when one has ended by itself."""
        tasks = [asyncio.ensure_future(child.process.wait()) for child in self.running]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        self.check()
        raise CouldNotRun("a process has ended")

    async def stop(self) -> None:
        """The last one first: SIGTERM, and SIGKILL after a limit."""
        for child in reversed(self.running):
            await _stop(child.process)
        self.running.clear()


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(limits.STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Ours without the user's BOOKBRIDGE_* variables, which are meant for another deployment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOOKBRIDGE_")}
    path = os.pathsep.join(part for part in (str(ROOT), kept.get("PYTHONPATH", "")) if part)
    return {**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **more}


async def listening_port(child: Child) -> int:
    """The port that a sandbox says it listens on. Raises CouldNotRun."""
    try:
        async with asyncio.timeout(limits.START_SECONDS):
            while (port := _port_in(child.log)) is None:
                child.check()
                await asyncio.sleep(limits.POLL_SECONDS)
    except TimeoutError as error:
        raise CouldNotRun(f"{child.name} does not say where it listens; see {child.log}") from error
    return port


def _port_in(log: Path) -> int | None:
    for line in log.read_bytes().splitlines():
        try:
            document = decode(line)
        except NotJson:
            continue
        if isinstance(document, dict) and isinstance(document.get("listening"), int):
            return int(document["listening"])
    return None


def tail(log: Path) -> str:
    """The last lines of a log file."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        return f"({error.strerror})"
    return "\n".join(lines[-limits.DEATH_LINES :]) or "(nothing)"
