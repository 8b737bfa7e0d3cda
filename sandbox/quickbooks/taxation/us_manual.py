"""The old American model: a group code on the header taxes the lines marked TAX; without a code there is no tax."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.taxation.model import Code, Form, Line, Taxation
from sandbox.quickbooks.taxation.us import AmericanLines, detail_of, group_code
from sandbox.quickbooks.totals import add_up


class _Manual(AmericanLines):
    def settle(
        self, form: Form, lines: list[Line], codes: Mapping[str, Code], settings: CompanySettings, *, exempt: bool
    ) -> Taxation:
        """A TotalTax without a code on whose rates it could stand is ignored (QuickBooks-V3-PHP-SDK#199)."""
        code = group_code(form, codes) if settings.using_sales_tax else None
        rates = code.rates if code else ()
        explicit = form.get("TxnTaxDetail", {}).get("TotalTax") if rates else None
        after_discount = bool(form.get("ApplyTaxAfterDiscount"))
        totals = add_up(lines, list(rates), after_discount=after_discount, explicit_tax=explicit)
        return Taxation(lines, totals, detail_of(code, rates, totals))


MANUAL = _Manual()
