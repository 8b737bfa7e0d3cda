"""Events of our own to our public address: whether they get through, and whether a forged one doesn't."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

import aiohttp

from shared import limits
from shared.magento.signatures import SIGNATURE_HEADER, sign
from shared.wire import encode

EVENT = "sales.order.updated"
_MEANINGS = {
    401: "the ingest process there has another token; it reads its secrets file when it starts",
    404: "what answers there doesn't know this connection; does it run with these settings and secrets?",
    503: "the ingest process there can't store events for now, or hasn't got the connection's settings yet",
}


class Verdict(StrEnum):
    """How it went."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Proof:
    """The verdict, in words for a person."""

    verdict: Verdict
    text: str


async def prove(session: aiohttp.ClientSession, address: str, token: str, order: int | None) -> Proof:
    """Sends a forged event, which must be 401, and a signed one, which must be 202: about the shop's newest order,
    which is only read again. A shop without orders is told of none, and 400 then shows that the signature was taken."""
    body = encode({"data": {} if order is None else {"entity_id": order}})
    try:
        status, _ = await _send(session, address, body, "0" * 64)
        if status != 401:
            return _refused(status, 401, "an event with a wrong signature")
        status, text = await _send(session, address, body, sign(body, token))
    except TimeoutError:
        return Proof(Verdict.UNREACHABLE, f"no answer within {limits.PROOF_SECONDS:g} s")
    except aiohttp.ClientError as error:
        return Proof(Verdict.UNREACHABLE, f"the connection failed: {type(error).__name__}: {error}")
    if order is None:
        if status == 400 and "data.entity_id" in text:
            return Proof(Verdict.TAKEN, "the signature is taken; the shop has no order yet to tell of")
        return _refused(status, 400, "a signed event about no order")
    if status != 202:
        return _refused(status, 202, "a signed event")
    return Proof(Verdict.TAKEN, f"a signed event about order {order} is stored (202), a forged one is refused (401)")


def _refused(status: int, wanted: int, what: str) -> Proof:
    why = "the address redirects, and senders need not follow" if 300 <= status < 400 else _MEANINGS.get(status, "")
    return Proof(Verdict.REFUSED, f"{what} was answered by {status} instead of {wanted}" + (f": {why}" if why else ""))


async def _send(session: aiohttp.ClientSession, address: str, body: bytes, signature: str) -> tuple[int, str]:
    headers = {"Content-Type": "application/json", SIGNATURE_HEADER: signature}
    async with asyncio.timeout(limits.PROOF_SECONDS):
        async with session.post(address, data=body, headers=headers, allow_redirects=False) as answer:
            first = await answer.content.read(limits.PROOF_ANSWER_BYTES)
            return answer.status, first.decode(errors="replace")
