"""A deployment whose company is not connected yet, with its ingest service inside the test."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
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
class Unconnected:
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


def token_keys(deployed: Deployment) -> list[str]:
    return [key.get_secret_value() for key in load_secrets(deployed.folder / "secrets.toml").token_keys]


def without_grant(deployed: Deployment) -> None:
    """Takes the company's refresh token out of the secrets file."""
    path = deployed.folder / "secrets.toml"
    path.write_text(re.sub(r"\[realms\.[0-9]+\]\nrefresh_token = .*\n", "", path.read_text()))


@pytest.fixture
async def unconnected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Unconnected]:
    async with deployment("embedded", tmp_path) as made:
        deployed = replace(made, common={**made.common, "BOOKBRIDGE_PUBLIC_URL": f"http://127.0.0.1:{made.port}"})
        without_grant(deployed)
        async with (
            services_inside(deployed, monkeypatch, orders=False),
            browser() as person,
            TokenBoard(deployed.log, Vault(token_keys(deployed)), tmp_path / "tokens.sqlite") as tokens,
        ):
            yield Unconnected(deployed, person, tokens)
