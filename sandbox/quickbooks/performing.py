"""What a call does to the books of its realm: the same for a call of its own and for an item of a batch."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks import errors, operations
from sandbox.quickbooks.cdc import changes
from sandbox.quickbooks.company_state import STATES
from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.profile import company_info, preferences
from sandbox.quickbooks.query_run import run_query
from sandbox.quickbooks.requests import ApiRequest
from sandbox.quickbooks.schema import ENTITIES, Entity
from sandbox.quickbooks.special_calls import SPECIAL, special_call
from sandbox.quickbooks.store import Company
from sandbox.quickbooks.world import Realm

_BY_PATH = {entity.path: entity for entity in ENTITIES.values()}


def perform(asked: ApiRequest, realm: Realm) -> dict[str, Any]:
    """The answer's document without its time. Raises Refused."""
    company = realm.company
    if realm.ended:
        raise Refused(STATES["reset"].problem, status=STATES["reset"].status, kind=STATES["reset"].kind)
    match asked.operation:
        case "query":
            return {"QueryResponse": run_query(company, asked.statement)}
        case "cdc":
            return changes(company, realm.server, asked.entities, asked.changed_since)
        case "companyinfo":
            if asked.object_id != company.realm:
                raise errors.not_found("CompanyInfo")
            return {"CompanyInfo": company_info(company)}
        case "preferences":
            return {"Preferences": preferences(company)}
    if asked.entity.lower() in SPECIAL:
        return special_call(company, asked)
    entity = _BY_PATH.get(asked.entity.lower())
    if entity is None:
        raise errors.unsupported(asked.entity)
    if asked.operation == "read":
        operations.check_id(entity, asked.object_id)
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
            numbered = "allowautodocnum" in asked.include
            made = operations.create(company, entity, asked.body, duplicates=duplicates, automatic_number=numbered)
            return {entity.name: made.document}
        case "update":
            return {entity.name: operations.update(company, entity, asked.body, duplicates=duplicates).document}
        case "void":
            _check_void_call(asked, entity, company)
            return {entity.name: operations.void(company, entity, asked.body).document}
        case "delete":
            gone = operations.delete(company, entity, asked.body)
            return {entity.name: {"status": "Deleted", "domain": "QBO", "Id": gone.id}}
        case _:
            raise errors.unsupported(f"{asked.operation} of {entity.name}")


def _check_void_call(asked: ApiRequest, entity: Entity, company: Company) -> None:
    """Each type has its own call: operation=void for Invoice, a sparse update with include=void for SalesReceipt and,
    by setting, for Payment; the other types can't be voided."""
    call = "operation" if asked.void_by_operation else "update"
    own = {"Invoice": "operation", "SalesReceipt": "update", "Payment": company.settings.payment_void_call}
    if own.get(entity.name) not in (call, "both"):
        raise errors.unsupported(f"this call to void {entity.name}")
    if call == "update" and asked.body.get("sparse") is not True:
        raise Refused(errors.missing("sparse"))
