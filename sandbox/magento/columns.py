"""Columns of the sales tables: what searchCriteria can filter and sort by. Anything else is a database error there."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


ORDER = _names(
    """
    adjustment_negative adjustment_positive applied_rule_ids base_adjustment_negative base_adjustment_positive
    base_currency_code base_discount_amount base_discount_canceled base_discount_invoiced base_discount_refunded
    base_discount_tax_compensation_amount base_discount_tax_compensation_invoiced
    base_discount_tax_compensation_refunded base_grand_total base_shipping_amount base_shipping_canceled
    base_shipping_discount_amount base_shipping_discount_tax_compensation_amnt base_shipping_incl_tax
    base_shipping_invoiced base_shipping_refunded base_shipping_tax_amount base_shipping_tax_refunded base_subtotal
    base_subtotal_canceled base_subtotal_incl_tax base_subtotal_invoiced base_subtotal_refunded base_tax_amount
    base_tax_canceled base_tax_invoiced base_tax_refunded base_to_global_rate base_to_order_rate base_total_canceled
    base_total_due base_total_invoiced base_total_invoiced_cost base_total_offline_refunded
    base_total_online_refunded base_total_paid base_total_qty_ordered base_total_refunded billing_address_id
    can_ship_partially can_ship_partially_item coupon_code coupon_rule_name created_at customer_dob customer_email
    customer_firstname customer_gender customer_group_id customer_id customer_is_guest customer_lastname
    customer_middlename customer_note customer_note_notify customer_prefix customer_suffix customer_taxvat
    discount_amount discount_canceled discount_description discount_invoiced discount_refunded
    discount_tax_compensation_amount discount_tax_compensation_invoiced discount_tax_compensation_refunded
    edit_increment email_sent entity_id ext_customer_id ext_order_id forced_shipment_with_invoice
    global_currency_code grand_total hold_before_state hold_before_status increment_id is_virtual
    order_currency_code original_increment_id payment_auth_expiration payment_authorization_amount protect_code
    quote_address_id quote_id relation_child_id relation_child_real_id relation_parent_id relation_parent_real_id
    remote_ip shipping_amount shipping_canceled shipping_description shipping_discount_amount
    shipping_discount_tax_compensation_amount shipping_incl_tax shipping_invoiced shipping_method shipping_refunded
    shipping_tax_amount shipping_tax_refunded state status store_currency_code store_id store_name
    store_to_base_rate store_to_order_rate subtotal subtotal_canceled subtotal_incl_tax subtotal_invoiced
    subtotal_refunded tax_amount tax_canceled tax_invoiced tax_refunded total_canceled total_due total_invoiced
    total_item_count total_offline_refunded total_online_refunded total_paid total_qty_ordered total_refunded
    updated_at weight x_forwarded_for
    """
)
INVOICE = _names(
    """
    base_currency_code base_discount_amount base_discount_tax_compensation_amount base_grand_total
    base_shipping_amount base_shipping_discount_tax_compensation_amnt base_shipping_incl_tax
    base_shipping_tax_amount base_subtotal base_subtotal_incl_tax base_tax_amount base_to_global_rate
    base_to_order_rate base_total_refunded billing_address_id can_void_flag created_at discount_amount
    discount_description discount_tax_compensation_amount email_sent entity_id global_currency_code grand_total
    increment_id is_used_for_refund order_currency_code order_id shipping_address_id shipping_amount
    shipping_discount_tax_compensation_amount shipping_incl_tax shipping_tax_amount state store_currency_code
    store_id store_to_base_rate store_to_order_rate subtotal subtotal_incl_tax tax_amount total_qty transaction_id
    updated_at
    """
)
CREDITMEMO = _names(
    """
    adjustment adjustment_negative adjustment_positive base_adjustment base_adjustment_negative
    base_adjustment_positive base_currency_code base_discount_amount base_discount_tax_compensation_amount
    base_grand_total base_shipping_amount base_shipping_discount_tax_compensation_amnt base_shipping_incl_tax
    base_shipping_tax_amount base_subtotal base_subtotal_incl_tax base_tax_amount base_to_global_rate
    base_to_order_rate billing_address_id created_at creditmemo_status discount_amount discount_description
    discount_tax_compensation_amount email_sent entity_id global_currency_code grand_total increment_id invoice_id
    order_currency_code order_id shipping_address_id shipping_amount shipping_discount_tax_compensation_amount
    shipping_incl_tax shipping_tax_amount state store_currency_code store_id store_to_base_rate store_to_order_rate
    subtotal subtotal_incl_tax tax_amount transaction_id updated_at
    """
)
SHIPMENT = _names(
    """
    billing_address_id created_at customer_id email_sent entity_id increment_id order_id packages shipment_status
    shipping_address_id shipping_label store_id total_qty total_weight updated_at
    """
)
TRANSACTION = _names("transaction_id parent_id order_id payment_id txn_id parent_txn_id txn_type is_closed created_at")
PRODUCT = _names(
    "entity_id sku name type_id attribute_set_id price status visibility weight created_at updated_at"
)  # other attribute codes are filterable when a product carries them
