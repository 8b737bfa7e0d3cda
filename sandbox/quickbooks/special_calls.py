"""Addresses whose calls are not those of an entity like the others."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.company_profile import change_company_info, change_preferences
from sandbox.quickbooks.exchange_rates import put_rate, read_rate
from sandbox.quickbooks.requests import ApiRequest
from sandbox.quickbooks.store import Company
from sandbox.quickbooks.tax_service import create_tax_code

SPECIAL = ("taxservice", "exchangerate", "companyinfo", "preferences")
_WRITES = ("create", "update")


def special_call(company: Company, asked: ApiRequest) -> dict[str, Any]:
    """The answer's document. Raises Refused: 500 for what the address doesn't do, and what the call itself refuses."""
    with company.atomic():
        match asked.entity.lower(), asked.operation:
            # python-quickbooks sends "Id": 0 with a new code, which makes other calls an update
            case "taxservice", operation if operation in _WRITES and asked.object_id == "taxcode":
                return create_tax_code(company, asked.body)
            case "exchangerate", "read" if not asked.object_id:
                return {"ExchangeRate": read_rate(company, asked.parameters)}
            case "exchangerate", operation if operation in _WRITES:
                return {"ExchangeRate": put_rate(company, asked.body)}
            case "companyinfo", operation if operation in _WRITES:
                return {"CompanyInfo": change_company_info(company, asked.body)}
            case "preferences", operation if operation in _WRITES:
                return {"Preferences": change_preferences(company, asked.body)}
    raise errors.unsupported(f"{asked.operation} of {asked.entity}")
