"""The sandboxes as processes of their own, for client libraries that block."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from intuitlib.client import AuthClient
from magento import Magento
from quickbooks import QuickBooks

from sandbox.magento.config import Credentials
from sandbox.quickbooks.settings import DEFAULT_REALM

_WIDE_OPEN = {"calls_per_second": 10_000, "calls_per_minute": 1_000_000, "calls_at_once": 1_000}
_STOP_SECONDS = 10.0


class SandboxProcess:
    """Address of the process and its control interface."""

    realm = DEFAULT_REALM

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}"

    def control(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """One call under /_sandbox."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base_url}/_sandbox/{path}", data=data, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # our own loopback address
            document: dict[str, Any] = json.load(answer)
        return document

    def settings(self, **switches: Any) -> None:
        self.control("POST", "settings", switches)


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxProcess]:
    command = [sys.executable, "-m", "sandbox.quickbooks", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield SandboxProcess(json.loads(process.stdout.readline())["listening"])
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    """Fresh books, and limits that a fast client doesn't meet."""
    sandbox_process.control("POST", "reset")
    sandbox_process.settings(**_WIDE_OPEN)
    return sandbox_process


@pytest.fixture
def qb(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[QuickBooks]:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the sandbox speaks HTTP
    monkeypatch.setattr(QuickBooks, "api_url_v3", f"{sandbox.base_url}/v3")
    refresh_token = sandbox.control("POST", "grant", {})["refresh_token"]
    environment = f"{sandbox.base_url}/.well-known/openid_sandbox_configuration"
    auth = AuthClient("sandbox-client", "sandbox-secret", "http://127.0.0.1:9/callback", environment)
    client = QuickBooks(auth_client=auth, refresh_token=refresh_token, company_id=sandbox.realm, minorversion=75)
    yield client
    client.session.close()
    auth.close()


@pytest.fixture(scope="session")
def shop_process() -> Iterator[SandboxProcess]:
    command = [sys.executable, "-m", "sandbox.magento", "--port", "0", "--bearer"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield SandboxProcess(json.loads(process.stdout.readline())["listening"])
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


@pytest.fixture
def shop(shop_process: SandboxProcess) -> SandboxProcess:
    """An empty shop that takes the integration's token as Bearer."""
    shop_process.control("POST", "reset")
    return shop_process


@pytest.fixture
def magento(shop: SandboxProcess) -> Iterator[Magento]:
    with Magento(token=Credentials().access_token, base_url=shop.base_url, batch_page_size=4) as client:
        yield client
