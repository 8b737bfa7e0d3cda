"""POST /batch: up to 30 independent pieces of work in one call, each with an answer or a fault of its own. Pure.

An item is known again by the call's requestid and its own bId together, and then answered as the first time; the same
requestid with another bId is new work. The call is answered 200 even if every item failed, and items come in any order.

Source: Intuit, "Batch operations" and "Learn basic field definitions" (reference/quickbooks.md, sections 2 and 5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from shared import limits
from shared.quickbooks.faults import (
    OutcomeUnknown,
    QuickBooksError,
    Reconnect,
    Throttled,
    TokenRefused,
    fault_in,
)
from shared.wire import encode

PATH = "batch"

ItemAnswer = Mapping[str, Any] | QuickBooksError
"""The object as it now stands in the books, or why it doesn't."""

# What concerns the connection, not an item: where every item says so, the whole call does.
_OF_THE_CALL = (TokenRefused, Reconnect, Throttled)


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One piece of work: `operation` is create or update; exactly the bytes of `body` are sent."""

    bid: str
    entity: str
    operation: str
    body: bytes


def request_body(items: Sequence[BatchItem], requestid: str) -> bytes:
    """The call's body. ValueError for what QuickBooks wouldn't know again, or refuses as a whole."""
    if not 1 <= len(items) <= limits.BATCH_ITEMS:
        raise ValueError(f"a batch has 1 to {limits.BATCH_ITEMS} items, not {len(items)}")
    if len(requestid) > limits.BATCH_REQUESTID_CHARS:
        raise ValueError(f"the requestid of a batch has at most {limits.BATCH_REQUESTID_CHARS} characters")
    bids = {item.bid for item in items}
    if len(bids) < len(items) or not all(1 <= len(bid) <= limits.BATCH_BID_CHARS for bid in bids):
        raise ValueError(f"each item needs a bId of its own, of at most {limits.BATCH_BID_CHARS} characters")
    rows = [{"bId": item.bid, "operation": item.operation, item.entity: orjson.Fragment(item.body)} for item in items]
    return encode({"BatchItemRequest": rows})


def read_answers(
    document: Mapping[str, Any], items: Sequence[BatchItem], headers: Mapping[str, str]
) -> dict[str, ItemAnswer]:
    """What became of each item, by bId. One without an answer, or with one that makes no sense: nobody knows."""
    rows = document.get("BatchItemResponse")
    told = {str(row.get("bId")): row for row in rows if isinstance(row, dict)} if isinstance(rows, list) else {}
    return {item.bid: _answer(told.get(item.bid), item, headers) for item in items}


def whole_error(answers: Mapping[str, ItemAnswer]) -> QuickBooksError | None:
    """The error of the call where all items have failed for the same reason that is none of theirs."""
    found = list(answers.values())
    first = found[0] if found else None
    if isinstance(first, _OF_THE_CALL) and all(type(one) is type(first) for one in found):
        return first
    return None


def _answer(row: Mapping[str, Any] | None, item: BatchItem, headers: Mapping[str, str]) -> ItemAnswer:
    if row is None:
        return OutcomeUnknown("unreadable-answer", "the batch's answer holds none for this item")
    if "Fault" in row and (error := fault_in(encode({"Fault": row["Fault"]}), headers)) is not None:
        return error
    found = row.get(item.entity)
    if isinstance(found, dict) and "Id" in found:
        return found
    return OutcomeUnknown("unreadable-answer", f"the batch's answer holds no {item.entity} for this item")
