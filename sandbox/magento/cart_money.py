"""What else a cart can be charged with or paid by: fixed taxes, wrapping, fees, gift cards, store credit, points."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.magento.tax_settings import Place


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FixedTax(_Model):
    """A fixed product tax (FPT, "weee"): so much a piece where it ships to. region_id None = the whole country."""

    amount: Decimal = Field(ge=0)
    title: str = "FPT"
    country: str = "US"
    region_id: int | None = None


class Wrapping(_Model):
    """Gift wrapping of the whole order and a printed card with it (Adobe Commerce)."""

    id: int = 1
    price: Decimal = Field(Decimal(0), ge=0)
    card_price: Decimal = Field(Decimal(0), ge=0)


class CustomFee(_Model):
    """A fee of the Admin UI SDK (Adobe Commerce 2.4.9): shown by REST in custom_fees, untaxed."""

    code: str
    label: str
    amount: Decimal = Field(ge=0)


class ForeignFee(_Model):
    """A total of someone's module: it is in grand_total, and REST shows it as the extension attribute `attribute`, or
    nowhere at all when that is None."""

    amount: Decimal
    attribute: str | None = None


class GiftCard(_Model):
    """A gift card paid with; `balance` is what is on it."""

    code: str
    balance: Decimal = Field(gt=0)


class Tenders(_Model):
    """What pays before the payment method does (Adobe Commerce). `points` are worth `points_amount` in money."""

    gift_cards: tuple[GiftCard, ...] = ()
    store_credit: Decimal = Field(Decimal(0), ge=0)
    points: int = Field(0, ge=0)
    points_amount: Decimal = Field(Decimal(0), ge=0)

    @model_validator(mode="after")
    def _points_have_a_worth(self) -> Tenders:
        if bool(self.points) != bool(self.points_amount):
            raise ValueError("points and points_amount go together: so many points worth so much money")
        return self


def fixed_taxes_at(taxes: tuple[FixedTax, ...], place: Place) -> list[FixedTax]:
    """The entry of each title that holds at a place: the region's before the country's."""
    found: dict[str, FixedTax] = {}
    for one in sorted(taxes, key=lambda tax: tax.region_id is None):
        if one.country == place.country and one.region_id in (None, place.region_id):
            found.setdefault(one.title, one)
    return [found[title] for title in dict.fromkeys(one.title for one in taxes) if title in found]
