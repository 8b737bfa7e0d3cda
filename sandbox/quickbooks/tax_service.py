"""TaxService: the one call that makes tax codes and tax rates. And TaxAgency, whose rates they are."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox import limits
from sandbox.quickbooks import errors
from sandbox.quickbooks.listing import refuse_duplicate
from sandbox.quickbooks.references import target
from sandbox.quickbooks.schema import TAX_SERVICE_FIELDS
from sandbox.quickbooks.store import Company, Record
from sandbox.quickbooks.validation import checked


def create_tax_code(company: Company, body: dict[str, Any]) -> dict[str, Any]:
    """The answer, which has no wrapper: TaxCode, TaxCodeId and TaxRateDetails at the top.

    Raises Refused: 2010, 2020, 2050, 2090, 2170, 2500, 6000, 6240.
    """
    sent = checked(body, TAX_SERVICE_FIELDS, require=True)
    if len(sent["TaxRateDetails"]) > limits.QB_TAX_RATES_OF_CODE:
        raise errors.business(f"A tax code has at most {limits.QB_TAX_RATES_OF_CODE} rates.", "TaxRateDetails")
    _refuse_taken(company, "TaxCode", sent["TaxCode"])
    rates = [(_rate(company, detail), detail.get("TaxApplicableOn", "Sales")) for detail in sent["TaxRateDetails"]]
    code = _put(company, "TaxCode", _code_document(sent["TaxCode"], rates))
    details = [
        {
            "TaxRateName": rate.document["Name"],
            "TaxRateId": rate.id,
            "RateValue": rate.document["RateValue"],
            "TaxAgencyId": rate.document["AgencyRef"]["value"],
            "TaxApplicableOn": use,
        }
        for rate, use in rates
    ]
    return {"TaxCode": sent["TaxCode"], "TaxCodeId": code.id, "TaxRateDetails": details}


def complete_agency(company: Company, agency: dict[str, Any], old: Record | None) -> dict[str, Any]:
    """A new agency. Raises Refused: 500 for a change of one (the API only creates and reads them), 6240."""
    if old is not None:
        raise errors.unsupported("update of TaxAgency")
    result = {**agency, "TaxTrackedOnPurchases": False, "TaxTrackedOnSales": True}
    refuse_duplicate(company, "TaxAgency", result, old)
    return result


def _rate(company: Company, detail: dict[str, Any]) -> Record:
    """The rate that is named by its id, or a new one."""
    if "TaxRateId" in detail:
        return target(company, "TaxRate", {"value": detail["TaxRateId"]}, "TaxRateId")
    absent = [name for name in ("TaxRateName", "RateValue", "TaxAgencyId") if name not in detail]
    if absent:
        raise errors.Refused(*(errors.missing(f"TaxRateDetails.{name}") for name in absent))
    percent = _percent(detail["RateValue"])
    agency = target(company, "TaxAgency", {"value": detail["TaxAgencyId"]}, "TaxAgencyId")
    _refuse_taken(company, "TaxRate", detail["TaxRateName"])
    document = {
        "Name": detail["TaxRateName"],
        "Description": detail["TaxRateName"],
        "Active": True,
        "RateValue": percent,
        "AgencyRef": {"value": agency.id},
        "SpecialTaxType": "NONE",
    }
    return _put(company, "TaxRate", document)


def _refuse_taken(company: Company, entity: str, name: str) -> None:
    holder = company.other_holder(entity, name, but="")
    if holder is not None:
        who = {"TaxCode": "tax code", "TaxRate": "tax rate"}[entity]
        raise errors.duplicate_name(who, holder, company.settings.duplicate_name_detail)


def _percent(value: Any) -> Decimal:
    """A number, or one in quotes as the reference writes it."""
    try:
        percent = Decimal(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else None
    except InvalidOperation:
        percent = None
    if percent is None or not percent.is_finite() or not 0 <= percent <= 100:
        raise errors.Refused(errors.bad_number("TaxRateDetails.RateValue", value))
    return percent


def _code_document(name: str, rates: list[tuple[Record, str]]) -> dict[str, Any]:
    def entries(*uses: str) -> dict[str, Any]:
        chosen = [rate for rate, use in rates if use in uses]
        return {
            "TaxRateDetail": [
                {
                    "TaxTypeApplicable": "TaxOnAmount",
                    "TaxRateRef": {"value": rate.id, "name": rate.document["Name"]},
                    "TaxOrder": order,
                }
                for order, rate in enumerate(chosen)
            ]
        }

    return {
        "Name": name,
        "Description": name,
        "Active": True,
        "Hidden": False,
        "Taxable": True,
        "TaxGroup": True,
        "SalesTaxRateList": entries("Sales"),
        "PurchaseTaxRateList": entries("Purchase"),
    }


def _put(company: Company, entity: str, content: dict[str, Any]) -> Record:
    stamp = company.clock.stamp()
    system = {"domain": "QBO", "sparse": False, "Id": free_id(company, entity), "SyncToken": "0"}
    record = Record(entity, {**content, **system, "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp}})
    company.put(record)
    return record


def free_id(company: Company, entity: str) -> str:
    """The next id that no object from a template has."""
    new_id = company.new_id(entity)
    while company.get(entity, new_id) is not None:
        new_id = company.new_id(entity)
    return new_id
