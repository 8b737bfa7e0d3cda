"""Companies to start from, each a description as data."""

from sandbox.quickbooks.templates.quebec import QUEBEC
from sandbox.quickbooks.templates.template import Template
from sandbox.quickbooks.templates.uk import UK
from sandbox.quickbooks.templates.us import MULTICURRENCY, US, US_MANUAL

TEMPLATES: dict[str, Template] = {one.name: one for one in (US, US_MANUAL, QUEBEC, UK, MULTICURRENCY)}
"""By name."""

__all__ = ["TEMPLATES", "US", "Template"]
