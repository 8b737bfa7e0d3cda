"""The shop's subscriptions: listed, and made or switched by a plan."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

from services.ingest.subscribing.plan import Action, Step, Subscription
from services.ingest.subscribing.rights import SUBSCRIPTIONS
from shared import limits
from shared.magento.client import Document, MagentoClient
from shared.magento.faults import BadAnswer, Refused, Unauthorised


@dataclass(frozen=True, slots=True)
class Done:
    """A step and what came of it; `problem` is the shop's refusal, or why it was left out."""

    step: Step
    problem: str = ""


async def subscriptions_of(client: MagentoClient) -> list[Subscription]:
    """All that the shop has, others' too. Raises MagentoError."""
    found: list[Subscription] = []
    async for page in client.walk(SUBSCRIPTIONS.path, id_field="subscription_id"):
        found += [_read(row) for row in page]
        if len(found) > limits.MAGEOS_SUBSCRIPTIONS_MAX:
            raise BadAnswer(f"the shop has over {limits.MAGEOS_SUBSCRIPTIONS_MAX} subscriptions")
    return found


async def carry_out(
    client: MagentoClient, steps: Iterable[Step], token_of: Callable[[str], str]
) -> AsyncIterator[Done]:
    """Takes the steps one by one. `token_of` gives an event's verification token. Raises MagentoError when the shop
    doesn't answer: of a subscription that was to be made it then isn't known whether it is.

    Where a new subscription was refused, those of the same event stay on.
    """
    not_made: set[str] = set()
    for step in steps:
        if step.action is Action.SWITCH_OFF and step.event in not_made:
            yield Done(step, "left on, since there is no other")
            continue
        try:
            await _take(client, step, token_of)
        except (Unauthorised, Refused) as error:
            not_made.add(step.event)
            yield Done(step, error.message)
        else:
            yield Done(step)


async def _take(client: MagentoClient, step: Step, token_of: Callable[[str], str]) -> None:
    match step.action:
        case Action.MAKE:
            subscription = {
                "event_name": step.event,
                "recipient_url": step.address,
                "verification_token": token_of(step.event),
                "metadata": "http",
            }
            made = _read(await client.post("async_event", {"asyncEvent": subscription}))
            if (made.event, made.address) != (step.event, step.address):
                raise BadAnswer(f"subscription {made.id} is not the one that was asked for")
        case Action.SWITCH_ON | Action.SWITCH_OFF:
            # A PUT without status would switch it off. Address and token can't be changed.
            wanted = {"subscription_id": step.id, "status": step.action is Action.SWITCH_ON}
            await client.put(f"async_event/{step.id}", {"asyncEvent": wanted})
        case Action.KEEP | Action.LEAVE:
            pass


def _read(row: Document) -> Subscription:
    if not isinstance(row, dict):
        raise BadAnswer("a subscription is no object")
    match row:
        case {"subscription_id": int(number), "event_name": str(event), "recipient_url": str(address)}:
            return Subscription(number, event, address, bool(row.get("status")))
        case _:
            raise BadAnswer("a subscription lacks subscription_id, event_name or recipient_url")
