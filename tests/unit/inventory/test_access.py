"""One writer per source, whatever the settings of others say."""

from __future__ import annotations

from typing import Any

import pytest

from services.inventory.access import Access
from shared.log.signals import RetryLater
from shared.settings.loader import Loaded, load

SHOP = "https://shop.example"


def settings(name: str, url: str = SHOP, **stock: Any) -> Loaded:
    lines = {"direction": "books_to_shop", **stock}
    keys = "\n".join(
        f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}" for key, value in lines.items()
    )
    return load(f'connection = "{name}"\n[magento]\nurl = "{url}"\n[quickbooks]\nrealm = "1"\n[stock]\n{keys}\n', name)


def refusal(ours: Loaded, *others: Loaded, source: str = "default") -> str:
    access = Access("main", lambda: [ours, *others], lambda loaded: pytest.fail("no shop is needed"))
    try:
        access.check(ours.settings, source)
    except RetryLater as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize(
    "other",
    [
        settings("other"),
        settings("other", "https://SHOP.example/"),
        settings("other", "http://shop.example:80"),
    ],
)
def test_two_connections_that_write_the_same_source_are_told_so(other: Loaded) -> None:
    said = refusal(settings("main"), other)
    assert "main and other both name the source 'default'" in said
    assert "stock.source" in said and "off" in said


@pytest.mark.parametrize(
    "other",
    [
        settings("other", source="depot"),
        settings("other", "https://shop.example/second"),
        settings("other", "https://other.example"),
        settings("other", direction="off"),
        settings("other", direction="shop_to_books"),
        settings("other", preview=True),
    ],
)
def test_who_writes_elsewhere_or_not_at_all_is_no_rival(other: Loaded) -> None:
    assert refusal(settings("main"), other) == ""


def test_a_shop_with_one_stock_has_one_writer_whatever_its_source_is_called() -> None:
    assert "the stock of the shop" in refusal(settings("main"), settings("other", source="depot"), source="")


def test_settings_that_were_replaced_are_no_longer_in_force() -> None:
    now = [settings("main")]
    access = Access("main", lambda: now, lambda loaded: pytest.fail("no shop is needed"))
    before = access.settings()
    assert access.unchanged(before)
    now[:] = [settings("main", source="depot")]
    assert not access.unchanged(before)
    now[:] = [settings("main", direction="off")]
    with pytest.raises(RetryLater):
        access.settings()
