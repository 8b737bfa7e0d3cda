"""Shipments and their tracks. Sources: Sales/Model/ShipOrder.php, Order/Validation/CanShip.php,
Order/Shipment/Validation, Order/ShipmentFactory.php."""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento.aftersale import choosing
from sandbox.magento.aftersale.open_quantities import is_not_shipped_itself, to_ship
from sandbox.magento.aftersale.order import Order, add
from sandbox.magento.life import documents, refusing, rows
from sandbox.magento.life.requests import ShipRequest, Track
from sandbox.magento.life.saving import save_counted
from sandbox.magento.shop import Document, Kind, Shop


def ship(shop: Shop, order: Document, request: ShipRequest) -> Document:
    """Raises InvalidInput as Magento does, or what the stock refuses."""
    figures = rows.read(shop, order)
    wanted = {str(number): quantity for number, quantity in request.quantities.items()}
    _check(shop, order, figures, wanted, request.tracks)
    chosen = choosing.shipment(figures, wanted)
    own_rows = {
        int(code): quantity for code, quantity in chosen.items() if not is_not_shipped_itself(figures.line(code))
    }
    document = documents.shipment(shop, order, own_rows, request.tracks, request.comment)
    for code, quantity in chosen.items():
        add(figures.line(code).figures, "qty_shipped", quantity)
    source = shop.stock.shipped(order.body, document.body, request.source)
    if source is not None:
        document.body["extension_attributes"] = {"source_code": source}
    shop.announce("sales.shipment.created", shop.insert(document))
    if not rows.standing(shop, order, figures).can_ship():
        shop.announce("sales.order.shipped", order)
    save_counted(shop, order, figures, in_process=True)
    return document


def add_track(shop: Shop, shipment: Document, track: Track) -> dict[str, object]:
    """The shipment gets one more; neither it nor its order are announced (reference 8.11)."""
    row = documents.track(shop, int(shipment.body["order_id"]), shipment.entity_id, track)
    shipment.body = shipment.body | {"tracks": [*(shipment.body.get("tracks") or []), row]}
    shipment.recorded = None
    shop.save(shipment)
    return row


def remove_track(shop: Shop, number: int) -> bool:
    """Whether there was one."""
    for shipment in shop.documents(Kind.SHIPMENT):
        tracks = shipment.body.get("tracks") or []
        left = [one for one in tracks if one.get("entity_id") != number]
        if len(left) != len(tracks):
            shipment.body, shipment.recorded = shipment.body | {"tracks": left}, None
            shop.save(shipment)
            return True
    return False


def _check(shop: Shop, order: Document, figures: Order, wanted: dict[str, Decimal], tracks: tuple[Track, ...]) -> None:
    standing, status = rows.standing(shop, order, figures), order.body.get("status")
    messages: list[str] = []
    if standing.stopped() or standing.is_virtual or standing.state == "canceled":
        messages.append(f"A shipment cannot be created when an order has a status of {status}")
    elif not standing.can_ship():
        messages.append("The order does not allow a shipment to be created.")
    codes = {line.code for line in figures.lines}
    for code, quantity in wanted.items():
        if code not in codes:
            messages.append(f'We can not found item "{code}" in order.')
            continue
        line = figures.line(code)
        if quantity > to_ship(line, figures.rules.to_ship) and not is_not_shipped_itself(line):
            messages.append(f'We found an invalid quantity to ship for item "{line.name}".')
    if not choosing.shipment(figures, wanted):
        messages.append("You can't create a shipment without products.")
    if any(not track.number for track in tracks):
        messages.append("Please enter a tracking number.")
    if messages:
        raise refusing.document_invalid("Shipment", messages)
