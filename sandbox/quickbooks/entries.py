"""What payments, deposits, journal entries and adjustments have in common: date, currency, ids of lines."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.currencies import currency_ref
from sandbox.quickbooks.references import title
from sandbox.quickbooks.sales import refuse_closed_books
from sandbox.quickbooks.store import Company, Record


def begun(company: Company, document: dict[str, Any]) -> dict[str, Any]:
    """A copy with date and currency. Raises Refused: 6200, 6210, 2020, 6000."""
    result = dict(document)
    result.setdefault("TxnDate", company.clock.today().isoformat())
    refuse_closed_books(company, result["TxnDate"])
    _complete_currency(company, result)
    if not company.settings.track_departments:
        result.pop("DepartmentRef", None)
    return result


def refuse_other_currency(company: Company, document: dict[str, Any], customer: dict[str, Any]) -> None:
    """Raises Refused 6000 when the document isn't in its customer's currency."""
    currency = company.need("Customer", customer["value"]).document["CurrencyRef"]["value"]
    if currency != document["CurrencyRef"]["value"]:
        raise errors.business("The transaction's currency is not the customer's.", "CurrencyRef")


def numbered(lines: list[dict[str, Any]], record: Record) -> list[dict[str, Any]]:
    """The lines with their ids and places; a line without an id of its document is a new one."""
    known = {line["Id"] for line in record.document.get("Line", []) if "Id" in line}
    result = []
    for number, line in enumerate(lines, start=1):
        line_id = line.get("Id")
        if line_id in known:
            known.discard(line_id)
        else:
            line_id = str(record.next_line)
            record.next_line += 1
        result.append({**line, "Id": line_id, "LineNum": number})
    return result


def named(company: Company, account_id: str) -> dict[str, str]:
    """A reference to the account."""
    account = company.need("Account", account_id)
    return {"value": account.id, "name": title(account)}


def _complete_currency(company: Company, document: dict[str, Any]) -> None:
    settings = company.settings
    code = document.get("CurrencyRef", {}).get("value")
    if not settings.multicurrency:
        if code not in (None, settings.home_currency):
            raise errors.business("Multi Currency should be enabled to perform this operation.", "CurrencyRef")
        document["CurrencyRef"] = currency_ref(settings.home_currency)
        document.pop("ExchangeRate", None)
        return
    if code is None:
        raise errors.Refused(errors.missing("CurrencyRef"))
    if code == settings.home_currency:
        document["ExchangeRate"] = 1
    else:
        document.setdefault("ExchangeRate", settings.exchange_rates.get(code, 1))
        if document["ExchangeRate"] <= 0:
            raise errors.business("The exchange rate must be greater than 0.", "ExchangeRate")
