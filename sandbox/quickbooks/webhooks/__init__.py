"""Webhooks out: what changes in the books becomes events to the endpoints that are registered."""

from sandbox.quickbooks.webhooks.hub import WebhookHub
from sandbox.quickbooks.webhooks.plan import EndpointPlan

__all__ = ["EndpointPlan", "WebhookHub"]
