"""Status of bulks over REST, and the consumers' switches."""

from __future__ import annotations

from typing import Any

from sandbox.magento import php_json, search, table_search
from sandbox.magento.bulk.operations import Operations
from sandbox.magento.errors import NotFound, wrong_type
from sandbox.magento.router import Call, Router
from sandbox.magento.shop import Body, Document, Kind, Shop

_ACL = "Magento_Logging::system_magento_logging_bulk_operations"
_NAMES = "id operation_key bulk_uuid topic_name serialized_data result_serialized_data status result_message error_code"
_COLUMNS = frozenset([*_NAMES.split(), "start_time", "user_id", "user_type"])
_SHORT = ("id", "status", "result_message", "error_code")
_DETAILED = tuple(name for name in _NAMES.split() if name != "operation_key")


def add_routes(router: Router, shop: Shop, operations: Operations) -> None:
    def status(names: tuple[str, ...]) -> Any:
        return lambda call: php_json.encode(_status(operations, call.parameters["bulkUuid"], names))

    router.add("GET", "bulk", _ACL, lambda call: _search(shop, call))
    router.add("GET", "bulk/:bulkUuid/status", _ACL, status(_SHORT))
    router.add("GET", "bulk/:bulkUuid/detailed-status", _ACL, status(_DETAILED))
    router.add("GET", "bulk/:bulkUuid/operation-status/:status", _ACL, lambda call: _count(operations, call))


def _status(operations: Operations, bulk_uuid: str, names: tuple[str, ...]) -> Body:
    bulk = operations.bulk(bulk_uuid)
    if bulk is None:
        raise NotFound("Bulk uuid %bulkUuid not exist", {"bulkUuid": bulk_uuid})
    listed = [{name: operation.body[name] for name in names} for operation in operations.of(bulk)]
    return {"operations_list": listed} | {name: value for name, value in bulk.body.items() if name != "entity_id"}


def _count(operations: Operations, call: Call) -> str:
    """How many operations of the bulk have the status; 0 for a bulk that isn't there."""
    wanted = call.parameters["status"]
    if not (wanted.isascii() and wanted.isdigit()):
        raise wrong_type(wanted, "int")
    bulk = operations.bulk(call.parameters["bulkUuid"])
    found = [] if bulk is None else operations.of(bulk)
    return str(sum(str(operation.body["status"]) == wanted for operation in found))


def _search(shop: Shop, call: Call) -> str:
    """Operations, not bulks, though the address says so."""
    criteria = search.read(call.query, shop.config)

    def view(document: Document) -> Document:
        more = {"operation_key": document.body["id"], "user_id": 1}
        return Document(document.kind, document.body, hidden=document.hidden | more)

    found, total = table_search.find(shop, Kind.OPERATION, criteria, _COLUMNS, view=view)
    rows = [
        {name: one.body[name] for name in _DETAILED}
        | {"extension_attributes": {"start_time": one.hidden["start_time"]}}
        for one in found
    ]
    return php_json.encode({"items": rows, "search_criteria": criteria.shown(), "total_count": total})
