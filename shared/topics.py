"""Every topic, with its policy (design, section 2)."""

from __future__ import annotations

from datetime import timedelta

from shared import limits
from shared.log.port import Cleanup, TopicSpec

HINTS = "magento.hints"
ORDERS = "magento.orders"
PRODUCTS = "magento.products"
CUSTOMERS = "magento.customers"
CHANGES = "quickbooks.changes"
LISTS = "quickbooks.lists"
LINKS = "bookbridge.links"
SETTINGS = "bookbridge.settings"
CURSORS = "bookbridge.cursors"
TOKENS = "bookbridge.tokens"
OUTCOMES = "bookbridge.outcomes"
DEAD_LETTERS = "bookbridge.dead-letters"
COMMANDS = "bookbridge.commands"
CONNECTS = "bookbridge.connects"


def _keep(name: str, days: int) -> TopicSpec:
    return TopicSpec(name, limits.PARTITIONS, Cleanup.DELETE, retention=timedelta(days=days))


def _compact(name: str) -> TopicSpec:
    return TopicSpec(name, limits.PARTITIONS, Cleanup.COMPACT, compaction_lag=limits.COMPACTION_LAG)


TOPICS: tuple[TopicSpec, ...] = (
    _keep(HINTS, 90),  # verbatim webhook bodies: proof of what was told, and a replay's input
    _keep(ORDERS, 90),  # order snapshots
    _compact(PRODUCTS),  # the newest snapshot of each product, its stock included
    _compact(CUSTOMERS),  # the newest snapshot of each customer
    _keep(CHANGES, 90),  # what change data capture told: objects and tombstones
    _compact(LISTS),  # the newest object of each name list: accounts, items, customers, tax codes, the company itself
    _compact(LINKS),  # intents and what was written, per order, customer and item
    _compact(SETTINGS),  # settings of each connection
    _compact(CURSORS),  # how far sweeps, backfills and change data capture have come
    _compact(TOKENS),  # encrypted OAuth tokens per realm
    _keep(OUTCOMES, 365),  # every decision: what an accountant may ask about within a year
    _keep(DEAD_LETTERS, 180),  # records nobody could handle
    _keep(COMMANDS, 7),  # what people and services ask for
    _keep(CONNECTS, 7),  # which links to connect a company are used up, and what came of it; a link lives minutes
)
