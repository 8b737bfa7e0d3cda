"""The work of a batch: each item on its own, and each change remembered under requestid and bId."""

from __future__ import annotations

from typing import Any

from sandbox import limits
from sandbox.faulting.plan import ActiveRule
from sandbox.quickbooks import errors
from sandbox.quickbooks.batch import BatchItem, object_count
from sandbox.quickbooks.company_state import state_fault
from sandbox.quickbooks.errors import Problem, Refused
from sandbox.quickbooks.fault_rules import Rule
from sandbox.quickbooks.idempotency import Answer
from sandbox.quickbooks.performing import perform
from sandbox.quickbooks.rendering import JSON_TYPE, fault_document, json_bytes
from sandbox.quickbooks.world import Realm
from shared.wire import decode


async def run_batch(items: list[BatchItem], realm: Realm, hold: ActiveRule[Rule] | None) -> dict[str, Any]:
    """The answer's document. hold: waits before the first item is done; a repeat meanwhile finds the items running."""
    begun: list[BatchItem] = []
    try:
        for item in items:
            if await _begin(item, realm):
                begun.append(item)  # noqa: PERF401  # what was begun must be known when a later one fails
        if hold is not None:
            await hold.hold()
        _do(begun, realm)
    finally:
        for item in begun:
            if not item.answer and item.is_remembered:
                realm.memory.abandon(item.key)
    return {"BatchItemResponse": [_named(item) for item in items]}


def refuse_sign_in(items: list[BatchItem]) -> dict[str, Any]:
    """Every item answered as if the token were no longer good, inside a 200, as users have met it."""
    message = "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    refused = Refused(Problem("3200", message, "Token expired or revoked: sign in again"), kind="AUTHENTICATION")
    for item in items:
        item.answer = _fault(refused)
    return {"BatchItemResponse": [_named(item) for item in items]}


def answered_items(document: dict[str, Any]) -> int:
    """Items that succeeded."""
    return sum("Fault" not in item for item in document["BatchItemResponse"])


async def _begin(item: BatchItem, realm: Realm) -> bool:
    """Whether the item is to be done; otherwise it has its answer: from memory, or the fault 600."""
    if not item.is_remembered:
        return True
    try:
        stored = await realm.memory.begin(item.key, item.asked.raw)
    except Refused as refused:
        item.answer = _counted(refused, realm)
        return False
    if stored is not None:
        item.answer = decode(stored.body)
    return stored is None


def _do(begun: list[BatchItem], realm: Realm) -> None:
    """Nothing is awaited here: one call at a time changes the books."""
    objects = 0
    for item in begun:
        with realm.company.atomic():  # the change and the memory of its answer
            try:
                item.answer = _done(item, realm, objects)
                status = 200
            except Refused as refused:
                item.answer = _counted(refused, realm)
                status = refused.status
            objects += 0 if "Fault" in item.answer else object_count(item.answer)
            if item.is_remembered:
                realm.memory.finish(item.key, Answer(status, json_bytes(item.answer), JSON_TYPE))


def _done(item: BatchItem, realm: Realm, objects: int) -> dict[str, Any]:
    """Raises Refused; 10100 for a read that would bring the answer above its limit of objects (code recalled)."""
    if item.asked.problem is not None:
        raise item.asked.problem
    closed = state_fault(realm.company.settings, write=item.asked.is_write)
    if closed is not None:
        raise closed[0]
    document = perform(item.asked, realm)
    if not item.asked.is_write and objects + object_count(document) > limits.QB_BATCH_OBJECTS:
        detail = f"The answer of a batch has at most {limits.QB_BATCH_OBJECTS} objects."
        raise errors.coded("10100", "Result size is too large", detail)
    return document


def _counted(refused: Refused, realm: Realm) -> dict[str, Any]:
    realm.usage.refused.update(problem.code for problem in refused.problems)
    return _fault(refused)


def _fault(refused: Refused) -> dict[str, Any]:
    return {"Fault": fault_document(refused, "")["Fault"]}


def _named(item: BatchItem) -> dict[str, Any]:
    return item.answer if item.bid is None else {**item.answer, "bId": item.bid}
