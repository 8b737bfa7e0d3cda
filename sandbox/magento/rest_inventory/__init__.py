"""REST of the inventory: /V1/inventory/... and the legacy stock routes."""

from sandbox.magento.rest_inventory.routes import add_routes

__all__ = ["add_routes"]
