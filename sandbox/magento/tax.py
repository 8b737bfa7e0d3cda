"""Tax of lines, by unit, row or total, with prices that include it or don't. Pure; all in Decimal.

The rules are those of Magento's Tax/Model/Calculation: rounding remainders carry over to the next amount of the same
tax id (net prices) or the same total percent (gross prices), within an item for unit and row base, over all lines for
total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from sandbox.magento.rates import RateGroup, groups, total_percent
from sandbox.magento.tax_settings import Place, TaxSettings

ZERO = Decimal(0)
HUNDRED = Decimal(100)
CENT = Decimal("0.01")
FIRST_DELTA = Decimal("0.000001")  # Magento starts each series with it, so that exact halves go up
SAME_RATE = Decimal("0.00001")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class TaxLine:
    """A line to be taxed. A child's quantity is per parent. A fee names the item it is tied to in `associated`.

    `taxed_price`: what a net price is taxed on when that isn't the price itself (apply_tax_on original price); the
    calculation by unit doesn't know it.
    """

    code: str
    unit_price: Decimal
    quantity: Decimal
    tax_class: str | None
    includes_tax: bool
    discount: Decimal = ZERO
    parent: str | None = None
    associated: str | None = None
    taxed_price: Decimal | None = None


@dataclass(frozen=True)
class AppliedTax:
    group: RateGroup
    amount: Decimal


@dataclass(frozen=True)
class Taxed:
    """Figures before discount, but row_tax and applied, which follow the setting apply_after_discount."""

    code: str
    price: Decimal
    price_incl_tax: Decimal
    row_total: Decimal
    row_total_incl_tax: Decimal
    row_tax: Decimal
    percent: Decimal = ZERO
    compensation: Decimal = ZERO
    applied: tuple[AppliedTax, ...] = ()
    is_parent: bool = False  # its children carry the money; it shows their sum


@dataclass
class _Carry:
    """Remainders of rounding, by series."""

    deltas: dict[tuple[str, ...], Decimal] = field(default_factory=dict)

    def round(self, amount: Decimal, *series: str) -> Decimal:
        if not amount:
            return amount
        exact = amount + self.deltas.get(series, FIRST_DELTA)
        rounded = cents(exact)
        self.deltas[series] = exact - rounded
        return rounded


@dataclass
class TaxCalculation:
    """One calculation over one list of lines. Not to be used twice: remainders belong to a calculation."""

    settings: TaxSettings
    place: Place
    customer_class: str
    _carry: _Carry = field(default_factory=_Carry)

    def run(self, lines: Sequence[TaxLine]) -> dict[str, Taxed]:
        """Figures by code. A later line with the same code replaces an earlier one."""
        keyed = {line.code: line for line in lines}
        children: dict[str, list[TaxLine]] = {}
        for line in keyed.values():
            if line.parent is not None:
                children.setdefault(line.parent, []).append(line)
        result: dict[str, Taxed] = {}
        for line in keyed.values():
            if line.parent is not None:
                continue
            if line.code not in children:
                result[line.code] = self._line(line, line.quantity)
                continue
            below = [self._line(child, child.quantity * line.quantity) for child in children[line.code]]
            result.update({child.code: child for child in below})
            result[line.code] = _parent(line, below)
        return result

    def _line(self, line: TaxLine, quantity: Decimal) -> Taxed:
        applied = groups(self.settings, self.place, self.customer_class, line.tax_class)
        by_unit = self.settings.algorithm == "UNIT_BASE_CALCULATION"
        if line.includes_tax:
            return self._gross_by_unit(line, quantity, applied) if by_unit else self._gross(line, quantity, applied)
        return self._net_by_unit(line, quantity, applied) if by_unit else self._net(line, quantity, applied)

    def _net(self, line: TaxLine, quantity: Decimal, applied: list[RateGroup]) -> Taxed:
        price = cents(line.unit_price)
        row_total = price * quantity
        taxable = cents(line.taxed_price or price) * quantity  # 0 is no price here, as in PHP
        before, after = self._per_group(line, taxable, taxable - line.discount, applied)
        incl_tax = row_total + sum(before, ZERO)
        return Taxed(
            code=line.code,
            price=price,
            price_incl_tax=cents(incl_tax / quantity),
            row_total=row_total,
            row_total_incl_tax=incl_tax,
            row_tax=sum(after, ZERO),
            percent=total_percent(applied),
            applied=tuple(map(AppliedTax, applied, after)),
        )

    def _net_by_unit(self, line: TaxLine, quantity: Decimal, applied: list[RateGroup]) -> Taxed:
        price = cents(line.unit_price)
        before, after = self._per_group(line, price, price - line.discount / quantity, applied)
        price_incl_tax = price + sum(before, ZERO)
        return Taxed(
            code=line.code,
            price=price,
            price_incl_tax=price_incl_tax,
            row_total=price * quantity,
            row_total_incl_tax=price_incl_tax * quantity,
            row_tax=sum(after, ZERO) * quantity,
            percent=total_percent(applied),
            applied=tuple(AppliedTax(group, tax * quantity) for group, tax in zip(applied, after, strict=True)),
        )

    def _per_group(
        self, line: TaxLine, full: Decimal, discounted: Decimal, applied: list[RateGroup]
    ) -> tuple[list[Decimal], list[Decimal]]:
        """Tax per group on the full and on the discounted amount, each group rounded by itself."""
        before, after = [], []
        for group in applied:
            tax = self._round(full * group.percent / HUNDRED, group.id, self._first_series, line)
            before.append(tax)
            if self.settings.apply_after_discount:
                taxable = max(discounted, ZERO)
                tax = self._round(taxable * group.percent / HUNDRED, group.id, "regular", line)
            after.append(tax)
        return before, after

    def _gross(self, line: TaxLine, quantity: Decimal, applied: list[RateGroup]) -> Taxed:
        percent = total_percent(applied)
        price_incl_tax = self._for_buyer(cents(line.unit_price), line.tax_class, percent)
        incl_tax = price_incl_tax * quantity
        tax = self._extract(incl_tax, percent, self._first_series, line)
        row_total, compensation = incl_tax - tax, ZERO
        if self.settings.apply_after_discount:  # also without a discount: its remainder carries to lines that have one
            after = self._extract(max(incl_tax - line.discount, ZERO), percent, "regular", line)
            tax, compensation = after, tax - after
        return Taxed(
            code=line.code,
            price=cents(row_total / quantity),
            price_incl_tax=price_incl_tax,
            row_total=row_total,
            row_total_incl_tax=incl_tax,
            row_tax=tax,
            percent=percent,
            compensation=compensation,
            applied=self._split(tax, percent, applied),
        )

    def _gross_by_unit(self, line: TaxLine, quantity: Decimal, applied: list[RateGroup]) -> Taxed:
        percent = total_percent(applied)
        price_incl_tax = self._for_buyer(line.unit_price, line.tax_class, percent)  # by unit it isn't rounded first
        tax = self._extract(price_incl_tax, percent, self._first_series, line)
        price, compensation = price_incl_tax - tax, ZERO
        if self.settings.apply_after_discount:
            taxable = max(price_incl_tax - line.discount / quantity, ZERO)
            after = self._extract(taxable, percent, "regular", line)
            tax, compensation = after, (tax - after) * quantity
        return Taxed(
            code=line.code,
            price=price,
            price_incl_tax=price_incl_tax,
            row_total=price * quantity,
            row_total_incl_tax=price_incl_tax * quantity,
            row_tax=tax * quantity,
            percent=percent,
            compensation=compensation,
            applied=self._split(tax * quantity, percent, applied),
        )

    def _for_buyer(self, price: Decimal, tax_class: str | None, percent: Decimal) -> Decimal:
        """The catalogue's gross price, the store's tax taken out and the buyer's put in unless they are the same."""
        settings = self.settings
        store = total_percent(groups(settings, settings.origin, settings.store_customer_class, tax_class))
        if settings.cross_border or abs(percent - store) < SAME_RATE:
            return price
        net = price - price * store / (HUNDRED + store)
        return cents(net + net * percent / HUNDRED)

    def _extract(self, gross: Decimal, percent: Decimal, series: str, line: TaxLine) -> Decimal:
        return self._round(gross * percent / (HUNDRED + percent), f"gross {percent.normalize():f}", series, line)

    def _split(self, tax: Decimal, percent: Decimal, applied: list[RateGroup]) -> tuple[AppliedTax, ...]:
        """A gross line's tax divided over its groups; the last one takes no more than what is left."""
        result, given = [], ZERO
        for group in applied:
            if not group.percent:
                continue
            share = self._carry.round(tax / percent * group.percent, "applied", group.id)
            share = min(share, tax - given)
            given += share
            result.append(AppliedTax(group, share))
        return tuple(result)

    @property
    def _first_series(self) -> str:
        return "before discount" if self.settings.apply_after_discount else "regular"

    def _round(self, amount: Decimal, tax_id: str, series: str, line: TaxLine) -> Decimal:
        if self.settings.algorithm == "TOTAL_BASE_CALCULATION":
            return self._carry.round(amount, series, tax_id)
        return self._carry.round(amount, series, tax_id, line.associated or line.code)


def _parent(line: TaxLine, children: list[Taxed]) -> Taxed:
    row_total = sum((child.row_total for child in children), ZERO)
    incl_tax = sum((child.row_total_incl_tax for child in children), ZERO)
    return Taxed(
        code=line.code,
        price=cents(row_total / line.quantity),
        price_incl_tax=cents(incl_tax / line.quantity),
        row_total=row_total,
        row_total_incl_tax=incl_tax,
        row_tax=sum((child.row_tax for child in children), ZERO),
        is_parent=True,
    )
