"""REST of the shop itself: its stores, countries, currencies and modules."""

from __future__ import annotations

from typing import Any

from sandbox.magento import php_json
from sandbox.magento.config import Config
from sandbox.magento.countries import COUNTRIES, NAMED
from sandbox.magento.errors import NotFound
from sandbox.magento.query import Query
from sandbox.magento.regions import regions_of
from sandbox.magento.router import Call, Router
from sandbox.magento.shop import Shop
from sandbox.magento.stores import stores_of

_STORE, _EVERYTHING = "Magento_Backend::store", "Magento_Backend::all"
MODULES = [
    "Magento_Store", "Magento_Directory", "Magento_Eav", "Magento_Customer", "Magento_Backend", "Magento_Catalog",
    "Magento_Quote", "Magento_Tax", "Magento_SalesRule", "Magento_Sales", "Magento_Bundle",
    "Magento_ConfigurableProduct", "Magento_Downloadable", "Magento_GroupedProduct", "Magento_Weee",
    "Magento_Integration", "Magento_Webapi", "Magento_CatalogInventory", "Magento_AsynchronousOperations",
    "Magento_WebapiAsync",
]  # fmt: skip
INVENTORY_MODULES = [
    "Magento_Inventory", "Magento_InventoryApi", "Magento_InventoryReservations", "Magento_InventorySales",
    "Magento_InventorySalesApi", "Magento_InventoryShipping", "Magento_InventorySourceSelection",
    "Magento_InventoryExportStock",
]  # fmt: skip
OF_EDITION = {
    "open source": [],
    "mage-os": ["MageOS_AsyncEvents", "MageOS_CommonAsyncEvents"],
    "commerce": [
        "Magento_CustomerBalance", "Magento_GiftCardAccount", "Magento_GiftWrapping", "Magento_Reward",
        "Magento_Company", "Magento_AdobeCommerceEventsClient", "Magento_AdobeCommerceWebhooks",
    ],
}  # fmt: skip


def add_routes(router: Router, shop: Shop) -> None:
    config, stores = shop.config, stores_of(shop.config)

    def configs(call: Call) -> str:
        return php_json.encode(stores_of(shop.config).shown_configs(_codes(call.query)))

    router.add("GET", "store/storeConfigs", _STORE, configs)
    router.add("GET", "store/storeViews", _STORE, lambda call: php_json.encode(stores.shown_views()))
    router.add("GET", "store/storeGroups", _STORE, lambda call: php_json.encode(stores.shown_groups()))
    router.add("GET", "store/websites", _STORE, lambda call: php_json.encode(stores.shown_websites()))
    router.add("GET", "directory/countries", None, lambda call: php_json.encode([_country(code) for code in NAMED]))
    router.add("GET", "directory/countries/:countryId", None, _one_country)
    router.add("GET", "directory/currency", None, lambda call: php_json.encode(_currency(config, call)))
    router.add("GET", "modules", _EVERYTHING, lambda call: _modules(config, call))


def modules_of(config: Config) -> list[str]:
    """The shop's modules, by its edition, with or without the inventory's."""
    editions = OF_EDITION[config.edition] if config.edition != "mage-os commerce" else [
        *OF_EDITION["mage-os"], *OF_EDITION["commerce"],
    ]  # fmt: skip
    return MODULES + (INVENTORY_MODULES if config.msi else []) + editions


def _modules(config: Config, call: Call) -> str:
    """A bare list; with searchCriteria a page of it, as ModuleService::getModules doesn't, but clients ask so."""
    return php_json.encode(modules_of(config))


def _codes(query: Query) -> list[str] | None:
    given = query.get("storeCodes")
    if isinstance(given, dict):
        return [str(one) for one in given.values()]
    return None if given is None else [str(given)]


def _country(code: str) -> dict[str, Any]:
    letters, name = NAMED.get(code, (code, code))
    shown: dict[str, Any] = {"id": code, "two_letter_abbreviation": code, "three_letter_abbreviation": letters}
    shown |= {"full_name_locale": name, "full_name_english": name}
    regions = regions_of(code)
    if regions:
        shown["available_regions"] = [
            {"id": str(number), "code": region, "name": named} for number, region, named in regions
        ]
    return shown


def _one_country(call: Call) -> str:
    code = call.parameters["countryId"].upper()
    if code not in COUNTRIES:
        raise NotFound("The country isn't available.")
    return php_json.encode(_country(code))


def _currency(config: Config, call: Call) -> dict[str, Any]:
    view = stores_of(config).by_code(call.store_code) or stores_of(config).views[0]
    display = view.display_currency or view.base_currency
    names = list(dict.fromkeys((view.base_currency, display)))
    return {
        "base_currency_code": view.base_currency,
        "base_currency_symbol": _SYMBOLS.get(view.base_currency, view.base_currency),
        "default_display_currency_code": display,
        "default_display_currency_symbol": _SYMBOLS.get(display, display),
        "available_currency_codes": names,
        "exchange_rates": [{"currency_to": name, "rate": 1 if name == view.base_currency else 0} for name in names],
    }


_SYMBOLS = {"USD": "$", "EUR": "\u20ac", "GBP": "\u00a3", "CAD": "CA$"}
