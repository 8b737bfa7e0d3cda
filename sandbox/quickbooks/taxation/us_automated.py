"""Automated sales tax: QuickBooks finds the code by the address, and honours a total that was sent."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.taxation.model import Code, Form, Line, Taxation
from sandbox.quickbooks.taxation.us import AmericanLines, detail_of, group_code
from sandbox.quickbooks.totals import add_up

FOUND_CODE = "2"  # what is found for every address here: its rates follow the setting tax_percent


class _Automated(AmericanLines):
    def settle(
        self, form: Form, lines: list[Line], codes: Mapping[str, Code], settings: CompanySettings, *, exempt: bool
    ) -> Taxation:
        """An explicit TotalTax is honoured, 0 included, and prorated over the rates; else the rates decide.

        A TxnTaxCodeRef that was sent wins over the code that is found (minor version 70 and later). An exempt customer
        pays no tax but what is sent.
        """
        after_discount = bool(form.get("ApplyTaxAfterDiscount"))
        explicit = form.get("TxnTaxDetail", {}).get("TotalTax")
        if not settings.using_sales_tax or (exempt and explicit is None):
            totals = add_up(lines, [], after_discount=after_discount, explicit_tax=None)
            return Taxation(lines, totals, {"TotalTax": totals.tax})
        code = group_code(form, codes) or codes[FOUND_CODE]
        totals = add_up(lines, list(code.rates), after_discount=after_discount, explicit_tax=explicit)
        # A total on a code without rates must stand on some rate: those of the found code are the company's own.
        rates = code.rates or (codes[FOUND_CODE].rates if totals.tax else ())
        return Taxation(lines, totals, detail_of(code, rates, totals))


AUTOMATED = _Automated()
