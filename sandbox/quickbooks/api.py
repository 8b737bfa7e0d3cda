"""The accounting API over HTTP: /v3/company/{realm}/..."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from aiohttp import web

from sandbox.quickbooks import errors, operations
from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.faults import ActiveRule, Call
from sandbox.quickbooks.gateway import admission_refusal, drop, planned_answer, state_answer, throttled
from sandbox.quickbooks.idempotency import Answer, check_requestid
from sandbox.quickbooks.profile import company_info, preferences
from sandbox.quickbooks.query_run import run_query
from sandbox.quickbooks.rendering import JSON_TYPE, XML_TYPE, fault_document, fault_xml, json_bytes, xml_bytes
from sandbox.quickbooks.requests import ApiRequest, read_request
from sandbox.quickbooks.schema import ENTITIES, Entity
from sandbox.quickbooks.world import Realm, World

WORLD = web.AppKey("world", World)
_BY_PATH = {entity.path: entity for entity in ENTITIES.values()}


async def handle(request: web.Request) -> web.StreamResponse:
    """One call: admission, limits, then the fault plan and the books."""
    world = request.app[WORLD]
    realm_id = request.match_info["realm"]
    refusal = admission_refusal(request, world, realm_id)
    if refusal is not None:
        return refusal
    realm = world.realms[realm_id]
    if not realm.throttle.enter():
        realm.usage.throttled += 1
        return throttled(world.clock)
    try:
        return await _admitted(request, world, realm)
    finally:
        realm.throttle.leave()


async def _admitted(request: web.Request, world: World, realm: Realm) -> web.StreamResponse:
    asked = await read_request(request)
    rule = world.faults.take(Call(request.method, asked.entity, asked.operation, realm.company.realm))
    effect = rule.rule.effect if rule else None
    if rule and effect == "delay":
        await asyncio.sleep(rule.rule.seconds or 0)
    if rule and effect == "status":
        return planned_answer(rule.rule, world.clock)
    if effect == "drop_before_commit":
        return drop(request)
    closed = state_answer(world, realm.company.realm, write=asked.is_write, json=asked.wants_json)
    if closed is not None:
        return closed
    answer = await _answer(asked, world, realm, rule if effect == "hold_before_commit" else None)
    if rule and effect == "hold_after_commit":
        await rule.hold()
    if effect == "drop_after_commit":
        return drop(request)
    return _response(answer)


async def _answer(asked: ApiRequest, world: World, realm: Realm, hold: ActiveRule | None) -> Answer:
    """The answer out of the memory, or that of the work; a write with a requestid is remembered from its start."""
    if asked.requestid is None or not asked.is_write:
        return await _work(asked, world, realm, hold)
    try:
        check_requestid(asked.requestid)
        stored = await realm.memory.begin(asked.requestid, asked.raw)
    except Refused as refused:
        return _refusal(refused, asked, world, realm)
    if stored is not None:
        return stored
    answer = None
    try:
        answer = await _work(asked, world, realm, hold)
    finally:
        if answer is None:
            realm.memory.abandon(asked.requestid)
    realm.memory.finish(asked.requestid, answer)
    return answer


async def _work(asked: ApiRequest, world: World, realm: Realm, hold: ActiveRule | None) -> Answer:
    """Do it. From here to the commit nothing is awaited: one request at a time changes the books."""
    if hold is not None:
        await hold.hold()
    try:
        if asked.problem is not None:
            raise asked.problem
        document = _perform(asked, realm)
    except Refused as refused:
        return _refusal(refused, asked, world, realm)
    realm.usage.count(asked.operation)
    return _render(document, 200, asked, world)


def _refusal(refused: Refused, asked: ApiRequest, world: World, realm: Realm) -> Answer:
    realm.usage.refused.update(problem.code for problem in refused.problems)
    time = world.clock.response_time()
    if not asked.wants_json:
        return Answer(refused.status, fault_xml(refused, time), XML_TYPE)
    return Answer(refused.status, json_bytes(fault_document(refused, time)), JSON_TYPE)


def _render(document: dict[str, Any], status: int, asked: ApiRequest, world: World) -> Answer:
    time = world.clock.response_time()
    if asked.wants_json:
        return Answer(status, json_bytes({**document, "time": time}), JSON_TYPE)
    return Answer(status, xml_bytes(document, time), XML_TYPE)


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type})


def _perform(asked: ApiRequest, realm: Realm) -> dict[str, Any]:
    company = realm.company
    match asked.operation:
        case "query":
            return {"QueryResponse": run_query(company, asked.statement)}
        case "companyinfo":
            if asked.object_id != company.realm:
                raise errors.not_found("CompanyInfo")
            return {"CompanyInfo": company_info(company)}
        case "preferences":
            return {"Preferences": preferences(company)}
    entity = _BY_PATH.get(asked.entity.lower())
    if entity is None:
        raise errors.unsupported(asked.entity)
    if asked.operation == "read":
        record = company.get(entity.name, asked.object_id)
        if record is None:
            raise errors.not_found(entity.name)
        return {entity.name: record.document}
    with company.atomic():
        return _write(asked, realm, entity)


def _write(asked: ApiRequest, realm: Realm, entity: Entity) -> dict[str, Any]:
    company = realm.company
    if not entity.writable:
        raise errors.unsupported(f"{asked.operation} of {entity.name}")
    duplicates = "allowduplicatedocnum" in asked.include
    match asked.operation:
        case "create":
            return {entity.name: operations.create(company, entity, asked.body, duplicates=duplicates).document}
        case "update":
            return {entity.name: operations.update(company, entity, asked.body, duplicates=duplicates).document}
        case "void":
            _check_void_call(asked, entity)
            return {entity.name: operations.void(company, entity, asked.body).document}
        case "delete":
            gone = operations.delete(company, entity, asked.body)
            return {entity.name: {"status": "Deleted", "domain": "QBO", "Id": gone.id}}
        case _:
            raise errors.unsupported(f"{asked.operation} of {entity.name}")


def _check_void_call(asked: ApiRequest, entity: Entity) -> None:
    """Each type has its own call: operation=void for Invoice, a sparse update with include=void for SalesReceipt."""
    own_call = (entity.name == "Invoice") == asked.void_by_operation
    if not entity.transaction or not own_call:
        raise errors.unsupported(f"this call to void {entity.name}")
    if entity.name == "SalesReceipt" and asked.body.get("sparse") is not True:
        raise Refused(errors.missing("sparse"))


async def with_intuit_tid(request: web.Request, response: web.StreamResponse) -> None:
    """Every answer carries the id under which Intuit's support finds it."""
    response.headers["intuit_tid"] = f"1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]}"
    response.headers["QBO-Version"] = "sandbox"
