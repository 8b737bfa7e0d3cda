"""What payments, deposits, journal entries and adjustments have in common: date, currency, ids of lines."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks.exchange import complete_currency
from sandbox.quickbooks.references import title
from sandbox.quickbooks.sales import refuse_closed_books
from sandbox.quickbooks.store import Company, Record


def begun(company: Company, document: dict[str, Any]) -> dict[str, Any]:
    """A copy with date and currency. Raises Refused: 6200, 6210, 2020, 6000."""
    result = dict(document)
    result.setdefault("TxnDate", company.clock.today().isoformat())
    refuse_closed_books(company, result["TxnDate"])
    complete_currency(company, result)
    if not company.settings.track_departments:
        result.pop("DepartmentRef", None)
    return result


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
