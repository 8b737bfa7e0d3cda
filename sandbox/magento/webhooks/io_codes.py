"""Event codes of Adobe I/O Events for Commerce, and which moment of the shop each is raised at (reference 1.5)."""

from __future__ import annotations

from sandbox.magento.shop import Body
from sandbox.magento.tables import Kind
from sandbox.magento.webhooks.moments import OBSERVERS, Moment

PREFIX = "com.adobe.commerce."
_PLUGINS = {
    "plugin.sales.api.order_management.place": ("placed", Kind.ORDER),
    "observer.checkout_submit_all_after": ("placed", Kind.ORDER),
    "plugin.sales.api.order_repository.save": ("committed", Kind.ORDER),
}
_ROWS = {  # rows saved with their document, told one by one
    "observer.sales_order_status_history_save_after": (Kind.ORDER, "status_histories"),
    "observer.sales_order_shipment_track_save_after": (Kind.SHIPMENT, "tracks"),
}
_SAVES = {f"observer.{name}" for name in OBSERVERS if not name.endswith("_before")}
CODES = tuple(sorted({*_PLUGINS, *_ROWS, *_SAVES}))


def raised(code: str, moment: Moment) -> list[tuple[Body, Body | None]]:
    """The models, with what they were before, that the code tells of at this moment."""
    if code in _ROWS:
        kind, member = _ROWS[code]
        if moment.kind is not kind or moment.name != "saved":
            return []
        known = {row.get("entity_id") for row in (moment.before or {}).get(member) or []}
        rows = [row for row in moment.body.get(member) or [] if isinstance(row, dict)]
        return [(row, None) for row in rows if row.get("entity_id") not in known]
    here = code in _PLUGINS and _PLUGINS[code] == (moment.name, moment.kind)
    if here or (code in _SAVES and code == f"observer.{moment.observer}"):
        return [(moment.body, moment.before)]
    return []
