"""A deployment with its services inside the test, its company connected or not, and a person with a browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.ingest.connect.addresses import Link, new_link
from services.ingest.connect.tickets import TicketOffice
from shared.quickbooks.token_board import TokenBoard
from shared.quickbooks.vault import TokenRecord, Vault
from shared.secrets import load_secrets
from tests.support.browser import Browser, browser
from tests.support.deployment import Deployment, deployment
from tests.support.inside import services_inside


@dataclass
class Site:
    """The deployment, and a person with a browser."""

    deployed: Deployment
    person: Browser
    tokens: TokenBoard

    @property
    def public_url(self) -> str:
        return self.deployed.common["BOOKBRIDGE_PUBLIC_URL"]

    @property
    def realm(self) -> str:
        return self.deployed.books.realm

    @property
    def office(self) -> TicketOffice:
        return TicketOffice(token_keys(self.deployed))

    def link(self, *, realm: str | None = None, now: datetime | None = None) -> Link:
        """As `bookbridge connect quickbooks main` makes it."""
        return new_link(self.office, self.public_url, "main", realm or self.realm, now or datetime.now(UTC))

    def record(self) -> TokenRecord | None:
        return self.tokens.record(self.realm)

    async def until_state(self, state: str) -> None:
        async def reached() -> bool:
            record = self.record()
            return record is not None and record.state == state and bool(record.pair.access_token)

        await self.deployed.until(reached, f"the company's record is {state}", 30)


def token_keys(deployed: Deployment) -> list[str]:
    return [key.get_secret_value() for key in load_secrets(deployed.folder / "secrets.toml").token_keys]


def without_grant(deployed: Deployment) -> None:
    """Takes the company's refresh token out of the secrets file."""
    path = deployed.folder / "secrets.toml"
    path.write_text(re.sub(r"\[realms\.[0-9]+\]\nrefresh_token = .*\n", "", path.read_text()))


@asynccontextmanager
async def _site(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, connected: bool, public_url: str = ""
) -> AsyncIterator[Site]:
    async with deployment("embedded", folder) as made:
        public = public_url or f"http://127.0.0.1:{made.port}"
        deployed = replace(made, common={**made.common, "BOOKBRIDGE_PUBLIC_URL": public})
        if not connected:
            without_grant(deployed)
        async with (
            services_inside(deployed, monkeypatch, orders=connected),
            browser() as person,
            TokenBoard(deployed.log, Vault(token_keys(deployed)), folder / "tokens.sqlite") as tokens,
        ):
            yield Site(deployed, person, tokens)


@pytest.fixture
async def unconnected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """Ingest alone, without a grant."""
    async with _site(tmp_path, monkeypatch, connected=False) as site:
        yield site


@pytest.fixture
async def behind_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """As `unconnected`, behind a proxy that ends TLS and cuts off a path."""
    async with _site(tmp_path, monkeypatch, connected=False, public_url="https://bridge.example/qb") as site:
        yield site


@pytest.fixture
async def connected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """All services, with a grant of the secrets file."""
    async with _site(tmp_path, monkeypatch, connected=True) as site:
        yield site
