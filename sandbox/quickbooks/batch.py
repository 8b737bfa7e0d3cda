"""POST /batch: up to 30 independent pieces of work in one call, each with its own answer or fault.

The call is answered 200 even if every item failed. Only what is wrong with the batch as a whole refuses all of it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from sandbox import limits
from sandbox.quickbooks import errors
from sandbox.quickbooks.errors import Problem, Refused
from sandbox.quickbooks.requests import ApiRequest, options
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.settings import ServerSettings
from shared.wire import encode

_OPERATIONS = ("create", "update", "delete", "void")
_NOT_MODELLED = ("revert", "send", "merge")  # the rest of Intuit's enumeration
_PLAIN = frozenset({"bId", "operation", "optionsData"})


@dataclass(slots=True)
class BatchItem:
    """One item as a call of its own. asked.problem: it can't be read, and is answered by that fault."""

    bid: str | None
    asked: ApiRequest
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def is_remembered(self) -> bool:
        """Whether a repeat gets the same answer. With another bId it is new work, whatever the requestid."""
        return self.asked.requestid is not None and self.asked.problem is None and self.asked.is_write

    @property
    def key(self) -> str:
        """What the memory knows the item by; longer than any requestid of a single call, so never the same as one."""
        return "batch".ljust(limits.QB_REQUESTID_LENGTH) + repr((self.asked.requestid, self.bid))


def read_items(asked: ApiRequest, settings: ServerSettings) -> list[BatchItem]:
    """The items in the order in which they are done and answered.

    Raises Refused: nothing to do (code 400, seen in QuickBooks-V3-PHP-SDK#528), 1040 too many, 2050 requestid too long.
    """
    unknown = asked.body.keys() - {"BatchItemRequest"}
    if unknown:
        raise Refused(*(errors.unknown_property(name) for name in sorted(unknown)))
    rows = asked.body.get("BatchItemRequest", [])
    if not isinstance(rows, list):
        raise Refused(errors.unknown_property("BatchItemRequest"))
    if not rows:
        raise Refused(Problem("400", "MalformedRequest", "Batch Request is Empty"))
    if len(rows) > limits.QB_BATCH_ITEMS:
        detail = f"A batch has at most {limits.QB_BATCH_ITEMS} items, this one has {len(rows)}."
        raise errors.coded("1040", "Batch size is too large", detail, "BatchItemRequest")
    if asked.requestid is not None and len(asked.requestid) > limits.QB_BATCH_REQUESTID_LENGTH:
        raise Refused(_too_long("requestid", asked.requestid, limits.QB_BATCH_REQUESTID_LENGTH))
    seen: set[str] = set()
    items = [_item(row, seen, asked) for row in rows]
    if settings.batch_order == "shuffled":
        random.Random(settings.batch_seed).shuffle(items)
    return items


def _item(row: Any, seen: set[str], asked: ApiRequest) -> BatchItem:
    item = BatchItem(None, ApiRequest("batch", "read", requestid=asked.requestid))
    try:
        if not isinstance(row, dict):
            raise Refused(errors.unknown_property("BatchItemRequest"))
        item.bid = _bid(row)
        _check_bid(item.bid, seen, strict=asked.requestid is not None)
        item.asked.raw = encode(row)
        _read_work(row, item.asked)
    except Refused as refused:
        item.asked.problem = refused
    return item


def _bid(row: dict[str, Any]) -> str:
    """The name under which the item is answered. Raises Refused 2020."""
    bid = row.get("bId")
    if not isinstance(bid, str) or not bid:
        raise Refused(errors.missing("bId"))
    return bid


def _check_bid(bid: str, seen: set[str], *, strict: bool) -> None:
    """strict: with a requestid it has ten characters at most. Raises Refused; what a second use meets is recalled."""
    if bid in seen:
        raise Refused(Problem("2030", "Invalid ID", f"bId {bid} is used by another item of the batch", "bId"))
    seen.add(bid)
    if strict and len(bid) > limits.QB_BATCH_BID_LENGTH:
        raise Refused(_too_long("bId", bid, limits.QB_BATCH_BID_LENGTH))


def _too_long(name: str, value: str, high: int) -> Problem:
    return errors.bad_length(name, low=1, high=high, supplied=len(value))


def _read_work(row: dict[str, Any], asked: ApiRequest) -> None:
    """What the item asks for, into `asked`. Raises Refused: 2010, 2020, 2170, 500."""
    payloads = [name for name in row if name not in _PLAIN]
    if not payloads:
        raise Refused(errors.missing("BatchItemRequest"))
    if len(payloads) > 1:
        raise Refused(*(errors.unknown_property(name) for name in payloads[1:]))
    name, payload = payloads[0], row[payloads[0]]
    if name == "Query":
        asked.entity, asked.operation, asked.statement = "query", "query", _text("Query", payload)
    elif name == "CDCQuery":
        _read_cdc(payload, asked)
    elif name == "ReportQuery":
        raise errors.unsupported("a report in a batch")
    elif name in ENTITIES:
        _read_change(name, payload, row, asked)
    else:
        raise Refused(errors.unknown_property(name))


def _read_cdc(payload: Any, asked: ApiRequest) -> None:
    if not isinstance(payload, dict):
        raise Refused(errors.unknown_property("CDCQuery"))
    unknown = payload.keys() - {"Entities", "ChangedSince"}
    if unknown:
        raise Refused(*(errors.unknown_property(name) for name in sorted(unknown)))
    asked.entity, asked.operation = "cdc", "cdc"
    asked.entities = _text("Entities", payload.get("Entities", ""))
    asked.changed_since = _text("ChangedSince", payload.get("ChangedSince", ""))


def _read_change(name: str, payload: Any, row: dict[str, Any], asked: ApiRequest) -> None:
    operation = row.get("operation")
    if operation is None:
        raise Refused(errors.missing("operation"))
    if operation in _NOT_MODELLED:
        raise errors.unsupported(f"{operation} of {name} in a batch")
    if operation not in _OPERATIONS:
        raise Refused(errors.bad_enumeration("operation", operation, _OPERATIONS + _NOT_MODELLED))
    if not isinstance(payload, dict):
        raise Refused(errors.unknown_property(name))
    asked.entity, asked.operation, asked.body = name.lower(), operation, payload
    asked.include = options([_text("optionsData", row.get("optionsData", ""))])
    asked.void_by_operation = operation == "void"
    if operation == "update" and "void" in asked.include:
        asked.operation = "void"


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(errors.unknown_property(name))
    return value


def object_count(document: dict[str, Any]) -> int:
    """Objects in an item's answer: the rows of a query or CDC, one for a change."""
    if "CDCResponse" in document:
        return sum(object_count({"QueryResponse": part}) for cdc in document["CDCResponse"] for part in _parts(cdc))
    if "QueryResponse" in document:
        return sum(len(rows) for rows in document["QueryResponse"].values() if isinstance(rows, list))
    return 1


def _parts(cdc: dict[str, Any]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = cdc["QueryResponse"]
    return parts
