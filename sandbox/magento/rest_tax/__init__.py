"""Tax rates, rules and classes: tables of the shop, over REST, and what carts are priced with."""

from sandbox.magento.rest_tax.routes import add_routes
from sandbox.magento.rest_tax.tables import class_name, furnish, settings_of

__all__ = ["add_routes", "class_name", "furnish", "settings_of"]
