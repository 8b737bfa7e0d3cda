"""The table of exchange rates: what a currency is worth from a day on, until a later rate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox import limits
from sandbox.quickbooks import errors
from sandbox.quickbooks.currencies import is_code
from sandbox.quickbooks.money import to_price
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.store import Company, Record
from sandbox.quickbooks.validation import checked

NAME = "ExchangeRate"
_HIDDEN = ("Id", "domain", "sparse")  # the published answer has none of them


def rate_on(company: Company, code: str, day: str) -> Decimal:
    """Home units for one unit of the currency: the last rate of that day or before, else the setting's, else 1."""
    record = _in_force(company, code, day)
    rate: Decimal = record.document["Rate"] if record else company.settings.exchange_rates.get(code, Decimal(1))
    return rate


def read_rate(company: Company, parameters: Mapping[str, str]) -> dict[str, Any]:
    """GET /exchangerate?sourcecurrencycode=&asofdate=: the rate in force that day; without a day, today.

    Raises Refused: 2020, 2060, 2500, 6000.
    """
    _refuse_single_currency(company)
    code = parameters.get("sourcecurrencycode", "")
    if not code:
        raise errors.Refused(errors.missing("sourcecurrencycode"))
    if not is_code(code):
        raise errors.invalid_reference("Currency", code, "sourcecurrencycode")
    day = parameters.get("asofdate") or company.clock.today().isoformat()
    try:
        day = date.fromisoformat(day).isoformat()
    except ValueError as error:
        raise errors.Refused(errors.bad_date("asofdate", day)) from error
    record = _in_force(company, code, day)
    if record is not None and record.document["AsOfDate"] == day:
        return shown(record.document)
    stamp = company.clock.stamp()
    rate = Decimal(1) if code == company.settings.home_currency else rate_on(company, code, day)
    return {
        "SyncToken": "0",
        "SourceCurrencyCode": code,
        "TargetCurrencyCode": company.settings.home_currency,
        "Rate": rate,
        "AsOfDate": day,
        "MetaData": {"LastUpdatedTime": stamp},
    }


def put_rate(company: Company, body: dict[str, Any]) -> dict[str, Any]:
    """The rate of a currency from a day on: made, or changed when there is one of that day.

    Raises Refused: 2010 to 2090, 2500, 5010, 6000.
    """
    _refuse_single_currency(company)
    sent = checked(body, ENTITIES[NAME].fields, require=True)
    code, home = sent["SourceCurrencyCode"], company.settings.home_currency
    if not is_code(code):
        raise errors.invalid_reference("Currency", code, "SourceCurrencyCode")
    if code == home or sent.get("TargetCurrencyCode", home) != home:
        raise errors.business(f"A rate leads from a foreign currency to {home}.", "SourceCurrencyCode")
    if sent["Rate"] <= 0:
        raise errors.business("The exchange rate must be greater than 0.", "Rate")
    old = company.get(NAME, _key(code, sent["AsOfDate"]))
    if old is not None and body.get("SyncToken") not in (None, old.document["SyncToken"]):
        raise errors.stale()
    if old is None and sum(1 for _ in company.rows(NAME)) >= limits.QB_EXCHANGE_RATES:
        raise errors.business(f"There are {limits.QB_EXCHANGE_RATES} exchange rates, which is the most.", "AsOfDate")
    rate = to_price(sent["Rate"])
    if old is not None and old.document["Rate"] == rate:
        return shown(old.document)
    return shown(store_rate(company, code, sent["AsOfDate"], rate).document)


def store_rate(company: Company, code: str, day: str, rate: Decimal) -> Record:
    """Put it into the table."""
    old = company.get(NAME, _key(code, day))
    stamp = company.clock.stamp()
    document = {
        "SourceCurrencyCode": code,
        "TargetCurrencyCode": company.settings.home_currency,
        "Rate": rate,
        "AsOfDate": day,
        "domain": "QBO",
        "sparse": False,
        "Id": _key(code, day),
        "SyncToken": str(int(old.document["SyncToken"]) + 1) if old else "0",
        "MetaData": {"CreateTime": old.document["MetaData"]["CreateTime"] if old else stamp, "LastUpdatedTime": stamp},
    }
    record = Record(NAME, document)
    company.put(record)
    return record


def shown(document: dict[str, Any]) -> dict[str, Any]:
    """The rate as answers have it: under its currency and day, not under an id."""
    return {name: value for name, value in document.items() if name not in _HIDDEN}


def _key(code: str, day: str) -> str:
    return f"{code}-{day}"


def _in_force(company: Company, code: str, day: str) -> Record | None:
    rates = (record for record in company.rows(NAME) if record.document["SourceCurrencyCode"] == code)
    return max(
        (record for record in rates if record.document["AsOfDate"] <= day),
        key=lambda record: str(record.document["AsOfDate"]),
        default=None,
    )


def _refuse_single_currency(company: Company) -> None:
    if not company.settings.multicurrency:
        raise errors.business("Multi Currency should be enabled to perform this operation.", "SourceCurrencyCode")
