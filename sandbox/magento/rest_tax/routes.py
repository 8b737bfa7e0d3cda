"""Tax rates, rules and classes over REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.magento import php_json
from sandbox.magento.listing import listed, number_in
from sandbox.magento.rest_tax import rates, rules
from sandbox.magento.router import Call, Handler, Router
from sandbox.magento.shop import Kind, Shop

_ACL = "Magento_Tax::manage_tax"  # contract: of all of them
_RATE_COLUMNS = """
    id tax_calculation_rate_id tax_country_id tax_region_id region_name tax_postcode zip_is_range zip_from zip_to rate
    code
    """
_RATE = frozenset(_RATE_COLUMNS.split())
_RULE = frozenset(("id", "tax_calculation_rule_id", "code", "priority", "position", "calculate_subtotal"))
_CLASS = frozenset(("class_id", "class_name", "class_type"))


def add_routes(router: Router, shop: Shop) -> None:
    def answer(service: Callable[[Call], Any]) -> Handler:
        return lambda call: php_json.encode(service(call))

    def found(kind: Kind, name: str) -> Handler:
        return answer(lambda call: rules.one(shop, kind, number_in(call, name), name))

    router.add("GET", "taxRates/search", _ACL, lambda call: listed(shop, Kind.TAX_RATE, call, _RATE))
    router.add("GET", "taxRates/:rateId", _ACL, answer(lambda call: rates.one(shop, number_in(call, "rateId"))))
    router.add("POST", "taxRates", _ACL, answer(lambda call: rates.save(shop, call.body)))
    router.add("PUT", "taxRates", _ACL, answer(lambda call: rates.save(shop, call.body)))
    router.add("DELETE", "taxRates/:rateId", _ACL, answer(lambda call: rates.delete(shop, number_in(call, "rateId"))))
    router.add("GET", "taxRules/search", _ACL, lambda call: listed(shop, Kind.TAX_RULE, call, _RULE))
    router.add("GET", "taxRules/:ruleId", _ACL, found(Kind.TAX_RULE, "ruleId"))
    router.add("POST", "taxRules", _ACL, answer(lambda call: rules.save_rule(shop, call.body)))
    router.add("PUT", "taxRules", _ACL, answer(lambda call: rules.save_rule(shop, call.body)))
    drop_rule = answer(lambda call: rules.delete_rule(shop, number_in(call, "ruleId")))
    router.add("DELETE", "taxRules/:ruleId", _ACL, drop_rule)
    router.add("GET", "taxClasses/search", _ACL, lambda call: listed(shop, Kind.TAX_CLASS, call, _CLASS))
    router.add("GET", "taxClasses/:taxClassId", _ACL, found(Kind.TAX_CLASS, "taxClassId"))
    router.add("POST", "taxClasses", _ACL, answer(lambda call: rules.save_class(shop, call.body)))
    change_class = answer(lambda call: rules.save_class(shop, call.body, number_in(call, "classId")))
    router.add("PUT", "taxClasses/:classId", _ACL, change_class)
    drop_class = answer(lambda call: rules.delete_class(shop, number_in(call, "taxClassId")))
    router.add("DELETE", "taxClasses/:taxClassId", _ACL, drop_class)
