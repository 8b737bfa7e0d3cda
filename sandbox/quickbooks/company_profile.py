"""Changes of CompanyInfo and Preferences through the API: what has a switch turns the company's own."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.profile import DEFAULT_ACCOUNTS, company_info, preferences, profile_record
from sandbox.quickbooks.references import target
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.store import Company, Record
from sandbox.quickbooks.validation import checked

_SYSTEM = ("Id", "SyncToken", "MetaData", "domain", "sparse")
_SWITCHES = {
    ("SalesFormsPrefs", "AllowDeposit"): "allow_deposit",
    ("SalesFormsPrefs", "AllowDiscount"): "allow_discount",
    ("SalesFormsPrefs", "AllowShipping"): "allow_shipping",
    ("SalesFormsPrefs", "CustomTxnNumbers"): "custom_txn_numbers",
    ("ProductAndServicesPrefs", "QuantityOnHand"): "quantity_on_hand",
    ("AccountingInfoPrefs", "TrackDepartments"): "track_departments",
    ("AccountingInfoPrefs", "BookCloseDate"): "book_close_date",
}
_CLASSES = {"ClassTrackingPerTxn": "transaction", "ClassTrackingPerTxnLine": "line"}


def change_preferences(company: Company, body: dict[str, Any]) -> dict[str, Any]:
    """The preferences after a sparse or full update, which both leave alone what isn't sent.

    Nothing can be cleared: a null is as good as nothing sent. Raises Refused: 2020, 5010, 6000.
    """
    sent = checked(body, ENTITIES["Preferences"].fields, require=False)
    _refuse_stale(company, "Preferences", body)
    before = preferences(company)
    if company.settings.close_date_by_api == "ignore":
        sent.get("AccountingInfoPrefs", {}).pop("BookCloseDate", None)
    patch = {switch: sent[group][name] for (group, name), switch in _SWITCHES.items() if name in sent.get(group, {})}
    for name in DEFAULT_ACCOUNTS.keys() & sent.get("SalesFormsPrefs", {}).keys():
        target(company, "Account", {"value": sent["SalesFormsPrefs"][name]}, name)
    patch |= _class_patch(company.settings, sent.get("AccountingInfoPrefs", {}))
    settings = CompanySettings.model_validate(company.settings.model_dump() | patch)
    if settings != company.settings:
        company.change_settings(settings)
    stored = profile_record(company, "Preferences")
    kept = {name: value for name, value in stored.document.items() if name not in _SYSTEM}
    extras = {**kept, **{group: {**kept.get(group, {}), **values} for group, values in sent.items()}}
    changed = {**stored.document, **extras}
    company.put(Record("Preferences", changed))
    if preferences(company) != before:
        _stamp(company, Record("Preferences", changed))
    return preferences(company)


def change_company_info(company: Company, body: dict[str, Any]) -> dict[str, Any]:
    """CompanyInfo after an update; a full one needs CompanyAddr, and neither clears anything.

    Raises Refused: 2020, 5010, 6000.
    """
    sent = checked(body, ENTITIES["CompanyInfo"].fields, require=False)
    _refuse_stale(company, "CompanyInfo", body)
    if body.get("sparse") is not True and "CompanyAddr" not in sent:
        raise errors.Refused(errors.missing("CompanyAddr"))
    stored = company_info(company)
    if sent.get("Country", stored["Country"]) != stored["Country"]:
        raise errors.business("The country of a company can't be changed.", "Country")
    changed = {**stored, **{name: _with_id(value, stored.get(name)) for name, value in sent.items()}}
    if changed != stored:
        _stamp(company, Record("CompanyInfo", changed))
    return company_info(company)


def _with_id(value: Any, before: Any) -> Any:
    """An address keeps the id it had."""
    if isinstance(value, dict) and isinstance(before, dict) and "Id" in before:
        return {"Id": before["Id"], **value}
    return value


def _class_patch(settings: CompanySettings, sent: dict[str, Any]) -> dict[str, Any]:
    """Classes are tracked per transaction or per line: turning one on needs the other to be off."""
    wanted = {name: sent.get(name, settings.class_tracking == value) for name, value in _CLASSES.items()}
    if all(wanted.values()):
        raise errors.business("Classes are tracked per transaction or per line, not both.", "ClassTrackingPerTxn")
    return {"class_tracking": next((_CLASSES[name] for name, on in wanted.items() if on), "off")}


def _refuse_stale(company: Company, name: str, body: dict[str, Any]) -> None:
    stored = profile_record(company, name).document
    if body.get("SyncToken") in (None, ""):
        raise errors.Refused(errors.missing("SyncToken"))
    if str(body.get("Id", stored["Id"])) != stored["Id"]:
        raise errors.not_found(name)
    if str(body["SyncToken"]) != stored["SyncToken"]:
        raise errors.stale()


def _stamp(company: Company, record: Record) -> None:
    token = str(int(record.document["SyncToken"]) + 1)
    times = {**record.document["MetaData"], "LastUpdatedTime": company.clock.stamp()}
    company.put(Record(record.entity, {**record.document, "SyncToken": token, "MetaData": times}))
