"""The sandbox's own interface, under /_sandbox: what tests look at and turn. No authentication."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox import limits
from sandbox.clock import wanted_seconds, wanted_stand
from sandbox.quickbooks import operations
from sandbox.quickbooks.accounting.trial_balance import trial_balance
from sandbox.quickbooks.control_call import BadControl, body_of, control, validated
from sandbox.quickbooks.fault_rules import PlanDocument, Rule
from sandbox.quickbooks.ledger import ledger_document
from sandbox.quickbooks.oauth_http import token_document
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.settings import is_realm
from sandbox.quickbooks.templates import TEMPLATES
from sandbox.quickbooks.world import World

_OF_PLANS = {"rules", "settings", "webhooks"}


def _realm(world: World, realm: Any) -> str | None:
    if realm is not None and (not isinstance(realm, str) or realm not in world.realms):
        raise BadControl(f"realm must be one of {', '.join(world.realms)}")
    return realm


async def usage(world: World, request: web.Request) -> Any:
    return world.usage(_realm(world, request.query.get("realm")))


async def ledger(world: World, request: web.Request) -> Any:
    return ledger_document(world.companies(_realm(world, request.query.get("realm"))))


async def balance(world: World, request: web.Request) -> Any:
    return trial_balance(world.companies(_realm(world, request.query.get("realm"))))


async def objects(world: World, request: web.Request) -> Any:
    name = request.match_info["entity"]
    entity = next((entity for entity in ENTITIES.values() if entity.path == name.lower()), None)
    if entity is None:
        raise BadControl(f"entity must be one of {', '.join(ENTITIES)}")
    companies = world.companies(_realm(world, request.query.get("realm")))
    rows = [record.document for company in companies for record in company.rows(entity.name)]
    return {entity.name: rows, "count": len(rows)}


async def reset(world: World, _request: web.Request) -> Any:
    world.reset()
    return {"reset": True}


async def seed(world: World, request: web.Request) -> Any:
    """Create what the body lists by the rules of the API, in the order in which references need it; all or none."""
    wanted = await body_of(request)
    unknown = wanted.keys() - ENTITIES.keys()
    if unknown:
        raise BadControl(f"{', '.join(sorted(unknown))}: entities are {', '.join(ENTITIES)}")
    company = world.companies(_realm(world, request.query.get("realm")))[0]
    created: dict[str, list[Any]] = {}
    with company.atomic():
        for entity in ENTITIES.values():
            rows = wanted.get(entity.name, [])
            if not isinstance(rows, list) or (rows and not entity.writable):
                raise BadControl(f"{entity.name} must be a list of objects that the API can create")
            for row in rows:
                created.setdefault(entity.name, []).append(operations.create(company, entity, row).document)
    return created


async def companies(world: World, _request: web.Request) -> Any:
    return {"companies": world.templates, "templates": {name: one.summary for name, one in TEMPLATES.items()}}


async def add_company(world: World, request: web.Request) -> Any:
    """A further company, made from a template."""
    body = await body_of(request)
    realm, template = body.get("realm"), body.get("template", "us")
    if not isinstance(realm, str) or not is_realm(realm):
        raise BadControl(f"realm must be a text of at most {limits.QB_REALM_DIGITS} digits")
    if realm in world.realms:
        raise BadControl(f"realm {realm} is there already")
    if not isinstance(template, str) or template not in TEMPLATES:
        raise BadControl(f"template must be one of {', '.join(TEMPLATES)}")
    if len(world.realms) >= limits.QB_COMPANIES:
        raise BadControl(f"there are {limits.QB_COMPANIES} companies, which is the most")
    world.add_company(realm, template)
    return {"realm": realm, "template": template}


async def grant(world: World, request: web.Request) -> Any:
    """A consented grant without a browser."""
    body = await body_of(request)
    realm = _realm(world, body.get("realm", next(iter(world.realms))))
    made, access = world.tokens.grant(str(realm))
    return token_document(world, made, access) | {"realm": realm}


async def revoke_grants(world: World, request: web.Request) -> Any:
    """Users disconnect: the grants of one realm, or all, end at once."""
    return {"revoked": world.tokens.revoke_all(_realm(world, (await body_of(request)).get("realm")))}


async def expire_tokens(world: World, _request: web.Request) -> Any:
    world.tokens.expire_access()
    return {"expired": True}


async def settings(world: World, request: web.Request) -> Any:
    """Set what the body names; without a body the switches in force."""
    return world.change_settings(await body_of(request), _realm(world, request.query.get("realm")))


async def show_clock(world: World, _request: web.Request) -> Any:
    return {"now": world.clock.response_time(), "ahead_seconds": world.clock.ahead}


async def clock(world: World, request: web.Request) -> Any:
    try:
        body = await body_of(request)
        seconds, still = wanted_seconds(body), wanted_stand(body)
        world.advance(seconds)
        if still is not None:
            world.clock.stand(still)
    except ValueError as error:
        raise BadControl(str(error)) from error
    return {"now": world.clock.response_time(), "ahead_seconds": world.clock.ahead}


async def add_fault(world: World, request: web.Request) -> Any:
    """One rule more; or, when the body has rules, settings or webhooks, a whole plan in place of the one in force."""
    body = await body_of(request)
    if body.keys() & _OF_PLANS:
        return {"ids": world.load_faults(validated(PlanDocument, body))}
    return {"id": world.faults.add(validated(Rule, body)).id}


async def list_faults(world: World, _request: web.Request) -> Any:
    return {"faults": [active.as_json() for active in world.faults.rules()]}


async def release_fault(world: World, request: web.Request) -> Any:
    if not world.faults.release(request.match_info["id"]):
        raise BadControl(f"there is no fault rule {request.match_info['id']}")
    return {"released": True}


async def clear_faults(world: World, _request: web.Request) -> Any:
    world.clear_faults()
    return {"cleared": True}


ROUTES = [
    web.get("/_sandbox/usage", control(usage)),
    web.get("/_sandbox/ledger", control(ledger)),
    web.get("/_sandbox/trial-balance", control(balance)),
    web.get("/_sandbox/objects/{entity}", control(objects)),
    web.post("/_sandbox/reset", control(reset)),
    web.post("/_sandbox/seed", control(seed)),
    web.get("/_sandbox/companies", control(companies)),
    web.post("/_sandbox/companies", control(add_company)),
    web.post("/_sandbox/grant", control(grant)),
    web.post("/_sandbox/expire-tokens", control(expire_tokens)),
    web.post("/_sandbox/revoke-grants", control(revoke_grants)),
    web.get("/_sandbox/settings", control(settings)),
    web.post("/_sandbox/settings", control(settings)),
    web.get("/_sandbox/clock", control(show_clock)),
    web.post("/_sandbox/clock", control(clock)),
    web.post("/_sandbox/faults", control(add_fault)),
    web.get("/_sandbox/faults", control(list_faults)),
    web.post("/_sandbox/faults/{id}/release", control(release_fault)),
    web.delete("/_sandbox/faults", control(clear_faults)),
]
