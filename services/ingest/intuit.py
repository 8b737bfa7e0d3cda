"""Intuit's OAuth2 endpoints, looked up once, with the app's keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from services.process import Process
from shared.quickbooks.calls import Call
from shared.quickbooks.oauth2 import ClientCredentials, Endpoints, OAuth2Client, discover


class Intuit:
    """Raises the errors of `faults` while the discovery document can't be had."""

    def __init__(self, process: Process, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._process = process
        self._now = now
        self._endpoints: Endpoints | None = None
        self._discovering = asyncio.Lock()

    @property
    def client_id(self) -> str:
        """The app's."""
        return self._process.secrets.quickbooks.client_id

    async def endpoints(self) -> Endpoints:
        """Where the grant is made, renewed and withdrawn."""
        async with self._discovering:
            if self._endpoints is None:
                self._endpoints = await discover(self._process.session, self._process.config.discovery)
        return self._endpoints

    async def client(self) -> OAuth2Client:
        """For the calls to them, which are counted."""
        keys = self._process.secrets.quickbooks
        credentials = ClientCredentials(keys.client_id, keys.client_secret.get_secret_value())
        endpoints = await self.endpoints()
        return OAuth2Client(self._process.session, endpoints, credentials, now=self._now, observer=self._observe)

    def _observe(self, call: Call) -> None:
        status = call.status_class if call.status else call.outcome
        self._process.metrics.quickbooks_calls.labels(call.kind, call.entity, status, "no").inc()
        self._process.metrics.quickbooks_seconds.labels(call.kind).observe(call.seconds)
