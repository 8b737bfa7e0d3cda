"""Where the money of a sales receipt goes."""

from __future__ import annotations

from typing import Any

from shared.commerce.payment import Payment
from shared.mapping import text
from shared.mapping.books import Books
from shared.settings.model import PaymentMethod, Payments


def payment_fields(payment: Payment, settings: Payments, books: Books) -> dict[str, Any]:
    """PaymentMethodRef, DepositToAccountRef, PaymentRefNum (21 characters), as far as settings and shop name them."""
    chosen = settings.methods.get(payment.method, PaymentMethod())
    where = f"payments.methods.{payment.method}"
    fields: dict[str, Any] = {}
    if chosen.method:
        fields["PaymentMethodRef"] = books.ref("PaymentMethod", chosen.method, f"{where}.method")
    if account := chosen.deposit_to or settings.deposit_to:
        setting = f"{where}.deposit_to" if chosen.deposit_to else "payments.deposit_to"
        fields["DepositToAccountRef"] = books.ref("Account", account, setting)
    if reference := text.plain(payment.reference, 21):
        fields["PaymentRefNum"] = reference
    return fields
