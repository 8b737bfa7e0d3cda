"""What each QuickBooks entity may hold: field names, types, lengths and enumerations, as Intuit publishes them."""

from sandbox.quickbooks.schema.entities import ENTITIES, TAX_SERVICE_FIELDS, Entity
from sandbox.quickbooks.schema.fields import Field, Kind
from sandbox.quickbooks.schema.types import TYPES

__all__ = ["ENTITIES", "TAX_SERVICE_FIELDS", "TYPES", "Entity", "Field", "Kind"]
