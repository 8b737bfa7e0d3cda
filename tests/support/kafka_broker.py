"""The real Apache Kafka of the tests: started by deploy/kafka/kafka, ended by its process id."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "kafka" / "kafka"
_UNAVAILABLE = 3  # the script's status when Java, Maven or the jars can't be had
_LISTENING = range(10_000, 32_000)
_SCRIPT_SECONDS = 400  # it bounds each of its steps itself

NOT_RUN = pytest.StashKey[str]()  # on the session's config: why the Kafka tests could not run


class KafkaUnavailable(Exception):
    """This machine can't have Kafka: why."""


@dataclass
class Broker:
    """A node on a folder of its own; `stop`, `kill` and `start` keep the port and the records."""

    port: int
    data: Path

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return int((self.data / "pid").read_text())

    def start(self) -> None:
        """Raises KafkaUnavailable where the machine lacks something, AssertionError when it doesn't start."""
        done = self._run("start", "--port", str(self.port))
        if done.returncode == _UNAVAILABLE:
            raise KafkaUnavailable(done.stderr.strip().splitlines()[-1])
        assert done.returncode == 0, done.stderr

    def stop(self) -> None:
        self._run("stop")

    def kill(self) -> None:
        """kill -9."""
        self._run("kill")

    def freeze(self) -> None:
        """SIGSTOP: connections stay open and nobody answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(SCRIPT), arguments[0], "--data", str(self.data), *arguments[1:]]
        return subprocess.run(command, capture_output=True, text=True, timeout=_SCRIPT_SECONDS, check=False)


def free_port() -> int:
    """Below those that the system gives to outgoing connections: one of these could go before it is listened on."""
    while True:
        port = secrets.choice(_LISTENING)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
