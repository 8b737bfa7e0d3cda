"""The accounting API over HTTP: /v3/company/{realm}/..."""

from __future__ import annotations

import uuid
from typing import Any

from aiohttp import web

from sandbox.faulting.plan import ActiveRule
from sandbox.faulting.sending import before_work, sent
from sandbox.quickbooks.batch import read_items
from sandbox.quickbooks.batch_run import answered_items, refuse_sign_in, run_batch
from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.fault_rules import Rule
from sandbox.quickbooks.faults import Call
from sandbox.quickbooks.gateway import admission_refusal, end_sign_in, planned_answer, state_answer, throttled
from sandbox.quickbooks.idempotency import Answer, check_requestid
from sandbox.quickbooks.performing import perform
from sandbox.quickbooks.rendering import JSON_TYPE, XML_TYPE, fault_document, fault_xml, json_bytes, xml_bytes
from sandbox.quickbooks.requests import ApiRequest, read_request
from sandbox.quickbooks.usage import METERED_KINDS
from sandbox.quickbooks.world import Realm, World

WORLD = web.AppKey("world", World)
_HOLDS_WORK = ("hold_before_commit", "auth_in_items")  # effects that act while the work is done


async def handle(request: web.Request) -> web.StreamResponse:
    """One call: admission, limits, then the fault plan and the books."""
    world = request.app[WORLD]
    realm_id = request.match_info["realm"]
    refusal = admission_refusal(request, world, realm_id)
    if refusal is not None:
        return refusal
    realm = world.realms[realm_id]
    is_batch = request.method == "POST" and request.match_info["entity"].lower() == "batch"
    if not realm.throttle.enter(batch=is_batch):
        realm.usage.throttled += 1
        return throttled(world.clock, world.server, realm.throttle.free_in_seconds)
    try:
        return await _admitted(request, world, realm)
    finally:
        realm.throttle.leave()


async def _admitted(request: web.Request, world: World, realm: Realm) -> web.StreamResponse:
    asked = await read_request(request)
    if world.budget_is_used_up() and (asked.operation in METERED_KINDS or world.server.budget_blocks == "all"):
        realm.usage.over_budget += 1
        return throttled(world.clock, world.server, world.clock.seconds_to_next_month())
    taken = world.faults.take_call(Call(request.method, asked.entity, asked.operation, realm.company.realm))
    instead = await before_work(request, taken, lambda rule: planned_answer(rule, world.clock))
    if instead is None and taken.effect in ("expire_token", "revoke_grant"):
        end_sign_in(request, world, grant=taken.effect == "revoke_grant")
        instead = admission_refusal(request, world, realm.company.realm)
    if instead is not None:
        return instead
    closed = state_answer(world, realm.company.realm, write=asked.is_write, json=asked.wants_json)
    if closed is not None:
        return closed
    answer = await _answer(asked, world, realm, taken.active if taken.effect in _HOLDS_WORK else None)
    return await sent(request, _response(answer), taken.active)


async def _answer(asked: ApiRequest, world: World, realm: Realm, rule: ActiveRule[Rule] | None) -> Answer:
    """The answer out of the memory, or that of the work; a write with a requestid is remembered from its start."""
    if asked.requestid is None or not asked.is_write:
        return await _work(asked, world, realm, rule)
    try:
        check_requestid(asked.requestid)
        stored = await realm.memory.begin(asked.requestid, asked.raw)
    except Refused as refused:
        return _refusal(refused, asked, world, realm)
    if stored is not None:
        return stored
    try:
        return await _work(asked, world, realm, rule)
    finally:
        realm.memory.abandon(asked.requestid)  # nothing, once it is remembered


async def _work(asked: ApiRequest, world: World, realm: Realm, rule: ActiveRule[Rule] | None) -> Answer:
    """Do it. From here to the commit nothing is awaited: one request at a time changes the books."""
    try:
        if asked.operation == "batch" and asked.problem is None:
            document, times = await _batch(asked, world, realm, rule)
            answer = _render(document, 200, asked, world)
        else:
            if rule is not None and rule.rule.effect == "hold_before_commit":
                await rule.hold()
            answer, times = _done(asked, world, realm), 1
    except Refused as refused:
        answer = _refusal(refused, asked, world, realm)
        _remember(asked, realm, answer)
        return answer
    realm.usage.count(asked.operation, world.clock.month(), times)
    return answer


def _done(asked: ApiRequest, world: World, realm: Realm) -> Answer:
    """The answer to a single call. What it changed and the memory of its answer are kept together or not at all."""
    if not asked.is_write:
        return _render(_single(asked, realm), 200, asked, world)
    with realm.company.atomic():
        answer = _render(_single(asked, realm), 200, asked, world)
        _remember(asked, realm, answer)
    return answer


def _remember(asked: ApiRequest, realm: Realm, answer: Answer) -> None:
    if asked.requestid is not None and asked.is_write:
        realm.memory.finish(asked.requestid, answer)


def _single(asked: ApiRequest, realm: Realm) -> dict[str, Any]:
    if asked.problem is not None:
        raise asked.problem
    return perform(asked, realm)


async def _batch(
    asked: ApiRequest, world: World, realm: Realm, rule: ActiveRule[Rule] | None
) -> tuple[dict[str, Any], int]:
    """The batch's document, and as how many calls it is metered."""
    items = read_items(asked, world.server)
    if rule is not None and rule.rule.effect == "auth_in_items":
        return refuse_sign_in(items), 0
    document = await run_batch(items, realm, rule)
    return document, 1 if world.server.batch_metering == "batch" else answered_items(document)


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


async def with_intuit_tid(request: web.Request, response: web.StreamResponse) -> None:
    """Every answer carries the id under which Intuit's support finds it."""
    response.headers["intuit_tid"] = f"1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]}"
    response.headers["QBO-Version"] = "sandbox"
