"""How soon webhooks are acknowledged while ingest is half as busy as it can be: those of shops, and those of Intuit."""

from __future__ import annotations

import asyncio
import base64
import hmac

from shared.topics import COMMANDS
from shared.wire import encode
from tests.bench.deployed import LostWebhooks, Webhook, read
from tests.bench.load import Driver, Load, Pace, Target, note, tell
from tests.support.deployment import VERIFIER, Deployment

SECONDS = 10.0
WARM_UP_SECONDS = 1.0
CLIENTS = 64
INTUIT_PER_SECOND = 20.0  # Intuit collects events for minutes: far more than an app of 1,000 companies gets
INTUIT_CLIENTS = 8
TARGET_INTUIT_P99_MS = 100.0  # Intuit takes 3 s, and repeats what comes later
_ENTITIES = ("item", "customer", "invoice", "salesreceipt", "payment")


async def measure(deployed: Deployment, sent: Webhook, per_second: float) -> tuple[int, list[Target]]:
    """Both at once, on a running ingest; how many webhooks of the shop were accepted. Raises LostWebhooks."""
    note(f"  acknowledging at {per_second:.0f}/s, with {INTUIT_PER_SECOND:.0f} deliveries of Intuit a second ...")
    shop, intuit = sent.request(deployed.port), intuit_request(deployed.port, deployed.books.realm)
    accepted = told = 0
    loads: list[Load] = []
    with Driver() as first, Driver() as second:
        for seconds in (WARM_UP_SECONDS, SECONDS):
            loads = list(
                await asyncio.gather(
                    asyncio.to_thread(first.drive, deployed.port, shop, Pace(per_second, CLIENTS), seconds),
                    asyncio.to_thread(
                        second.drive, deployed.port, intuit, Pace(INTUIT_PER_SECOND, INTUIT_CLIENTS), seconds
                    ),
                )
            )
            if any(load.refused for load in loads):
                raise LostWebhooks(f"ingest refused some of a load of {per_second:.0f}/s")
            accepted, told = accepted + loads[0].accepted, told + loads[1].accepted
    webhooks, news = loads
    tell("ingest_p50_ms_at_half_load", webhooks.p50_ms, "ms", per_second=webhooks.per_second)
    tell("ingest_p99_ms_at_half_load", webhooks.p99_ms, "ms", per_second=webhooks.per_second)
    tell("quickbooks_event_p50_ms", news.p50_ms, "ms", per_second=news.per_second)
    tell("quickbooks_event_p99_ms", news.p99_ms, "ms", per_second=news.per_second)
    await _account(deployed, told)
    return accepted, [Target("quickbooks_event_p99_ms", TARGET_INTUIT_P99_MS, news.p99_ms, at_most=True)]


async def _account(deployed: Deployment, told: int) -> None:
    commands = [it async for it in read(deployed, COMMANDS) if it.headers.get("cause") == "webhook"]
    if len(commands) != told:
        raise LostWebhooks(f"{told} deliveries of Intuit were answered by 200; the log holds {len(commands)} commands")


def intuit_request(port: int, realm: str) -> bytes:
    """The whole request: a delivery of a few events of one company."""
    body = encode(
        [
            {
                "specversion": "1.0",
                "id": f"88cd52aa-33b6-4351-9aa4-47572edbd06{number}",
                "source": "intuit.dsnmYKEjQwWsZbQkVrF0aKy7qDrxJpHvNcmuOQ==",
                "type": f"qbo.{entity}.updated.v1",
                "datacontenttype": "application/json",
                "time": "2025-09-10T21:31:25.179851517Z",
                "intuitentityid": str(number),
                "intuitaccountid": realm,
                "data": {},
            }
            for number, entity in enumerate(_ENTITIES)
        ]
    )
    signature = base64.b64encode(hmac.digest(VERIFIER.encode(), body, "sha256")).decode()
    head = (
        f"POST /webhooks/quickbooks HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/json; charset=utf-8\r\nintuit-signature: {signature}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
