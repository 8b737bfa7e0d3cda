"""The sandbox's own interface to its webhooks: /_sandbox/webhooks."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox import limits
from sandbox.quickbooks.control_call import BadControl, body_of, control
from sandbox.quickbooks.webhooks.hub import TooManyEndpoints
from sandbox.quickbooks.webhooks.plan import EndpointPlan
from sandbox.quickbooks.world import World


async def register(world: World, request: web.Request) -> Any:
    """Register an endpoint; one with the same address gets the new plan. What isn't said is as in the fault plan."""
    plan = EndpointPlan.model_validate(world.webhooks.usual.model_dump(exclude_unset=True) | await body_of(request))
    try:
        return world.webhooks.register(plan).shown()
    except TooManyEndpoints as error:
        raise BadControl(str(error)) from error


async def endpoints(world: World, _request: web.Request) -> Any:
    return {"endpoints": [endpoint.shown() for endpoint in world.webhooks.endpoints.values()]}


async def clear(world: World, _request: web.Request) -> Any:
    world.webhooks.clear()
    return {"cleared": True}


async def deliveries(world: World, request: web.Request) -> Any:
    """The log, oldest first, with counts summed over the endpoints. last: only so many of the latest."""
    hub = world.webhooks
    last = request.query.get("last", str(limits.QB_WEBHOOK_LOG))
    if not (last.isascii() and last.isdigit() and len(last) < 6):
        raise BadControl(f"last must be a number of deliveries, 0 to {limits.QB_WEBHOOK_LOG}")
    shown = hub.log.entries()[-int(last) :] if int(last) else []
    counts: dict[str, int] = {}
    for endpoint in hub.endpoints.values():
        for name, number in endpoint.counts.items():
            counts[name] = counts.get(name, 0) + number
    waiting = sum(endpoint.waiting for endpoint in hub.endpoints.values())
    return {"counts": counts, "waiting": waiting, "deliveries": [one.shown() for one in shown]}


async def replay(world: World, request: web.Request) -> Any:
    """Send past deliveries once more: those with the ids that the body lists, or all of the log."""
    hub = world.webhooks
    wanted = (await body_of(request)).get("deliveries")
    if wanted is None:
        chosen = hub.log.entries()
    elif isinstance(wanted, list):
        found = {str(name): hub.log.get(str(name)) for name in wanted}
        unknown = [name for name, delivery in found.items() if delivery is None]
        if unknown:
            raise BadControl(f"deliveries: the log has no {', '.join(unknown)}")
        chosen = [delivery for delivery in found.values() if delivery is not None]
    else:
        raise BadControl("deliveries must be a list of ids, as GET /_sandbox/webhooks/deliveries tells them")
    sent = [delivery for delivery in chosen if delivery.endpoint in hub.endpoints]
    for delivery in sent:
        hub.endpoints[delivery.endpoint].replay(delivery)
    return {"replayed": len(sent)}


ROUTES = [
    web.post("/_sandbox/webhooks", control(register)),
    web.get("/_sandbox/webhooks", control(endpoints)),
    web.delete("/_sandbox/webhooks", control(clear)),
    web.get("/_sandbox/webhooks/deliveries", control(deliveries)),
    web.post("/_sandbox/webhooks/replay", control(replay)),
]
