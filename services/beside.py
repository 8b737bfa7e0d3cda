"""Commands beside running services: they open the same log for a moment, and end with the exit code of their error.

Several processes may open the embedded log; a command has a folder of its own for what it reads, gone when it ends.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from services.process import open_log
from shared.config import Config
from shared.log.port import Log, LogError, LogUnavailable
from shared.log.signals import StopService
from shared.secrets import SecretsError, load_secrets
from shared.settings.loader import SettingsError
from shared.settings.store import SettingsStore
from shared.telemetry import logs
from shared.topics import TOPICS

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Beside:
    """What a command works with."""

    log: Log
    settings: SettingsStore
    folder: Path


def run_beside(act: Callable[[Beside], Awaitable[T]]) -> T:
    """Runs `act`. Ends the process with 2 for wrong settings, 3 when the log can't be reached, 1 when it is not as it
    should be."""

    logs.configure("cli", "warning", output=sys.stderr.buffer)  # standard output is the command's

    async def go(config: Config) -> T:
        secrets = load_secrets(config.secrets) if config.kafka_username else None
        with tempfile.TemporaryDirectory() as folder:
            async with open_log(config, secrets, "bookbridge-cli") as log:
                await log.ensure_topics(TOPICS)
                async with SettingsStore(log, Path(folder) / "settings.sqlite") as store:
                    return await act(Beside(log, store, Path(folder)))

    logs.configure("cli", "warning", output=sys.stderr.buffer)  # standard output is the command's answer
    try:
        return asyncio.run(go(Config()))
    except SettingsError as error:
        fail(2, error.problems)
    except (SecretsError, ValidationError) as error:
        fail(2, [str(error)])
    except LogUnavailable as error:
        fail(3, [f"the log can't be reached: {error}"])
    except (LogError, StopService) as error:
        fail(1, [str(error)])


def fail(code: int, problems: Iterable[str]) -> NoReturn:
    """Says on standard error what is wrong, and ends."""
    console = Console(stderr=True, soft_wrap=True)
    for problem in problems:
        console.print(problem, style="red", markup=False, highlight=False)
    raise typer.Exit(code)
