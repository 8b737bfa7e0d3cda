"""The connection to one QuickBooks company, as every service opens it."""

from __future__ import annotations

import time

from services.process import Process
from services.quotas import Quotas
from shared.quickbooks.calls import Call
from shared.quickbooks.client import PRODUCTION_URL, SANDBOX_URL, QuickBooksClient
from shared.quickbooks.tokens import TokenSource
from shared.settings.model import Environment, QuickBooks


def open_company(
    process: Process, realm: str, settings: QuickBooks, tokens: TokenSource, quotas: Quotas
) -> QuickBooksClient:
    """A client within the realm's quota, whose calls are counted."""
    metrics = process.metrics

    def observe(call: Call) -> None:
        status = call.status_class if call.status else call.outcome
        metrics.quickbooks_calls.labels(call.kind, call.entity, status, "yes" if call.metered else "no").inc()
        metrics.quickbooks_seconds.labels(call.kind).observe(call.seconds)
        if status == "2xx":
            metrics.token_proven.labels(realm).set(time.time())

    return QuickBooksClient(process.session, address_of(settings), realm, tokens, quotas.of(realm), observer=observe)


def address_of(settings: QuickBooks) -> str:
    """Where the company's interface is."""
    return settings.url or (SANDBOX_URL if settings.environment is Environment.SANDBOX else PRODUCTION_URL)
