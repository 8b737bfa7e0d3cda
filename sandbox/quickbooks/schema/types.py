"""Nested types: lines and their details, tax detail, addresses, phones, custom fields."""

from __future__ import annotations

from dataclasses import replace

from sandbox.quickbooks.schema.fields import Field, parse_fields
from sandbox.quickbooks.schema.profile import PREFERENCE_TYPES
from sandbox.quickbooks.schema.tax import TAX_SERVICE_TYPES

_LINE_DETAILS = (
    "SalesItemLineDetail|DiscountLineDetail|SubTotalLineDetail|GroupLineDetail|DescriptionOnly|TaxLineDetail"
    "|PaymentLineDetail|ItemBasedExpenseLineDetail|AccountBasedExpenseLineDetail|DepositLineDetail"
    "|PurchaseOrderItemLineDetail|ItemReceiptLineDetail|JournalEntryLineDetail|SalesOrderItemLineDetail"
    "|TDSLineDetail|ReimburseLineDetail|ItemAdjustmentLineDetail"
)

_TEXT = {
    "MetaData": """
        CreateTime time f
        LastUpdatedTime time f
        CreatedByRef ref:any
        LastModifiedByRef ref:any
        LastChangedInQB time
        Synchronized bool
    """,
    "Line": f"""
        Id str
        LineNum int
        Description str max=4000
        Amount num
        Received num
        LinkedTxn obj:LinkedTxn[]
        DetailType str req enum={_LINE_DETAILS}
        SalesItemLineDetail obj:SalesItemLineDetail
        DiscountLineDetail obj:DiscountLineDetail
        SubTotalLineDetail obj:SubTotalLineDetail
        GroupLineDetail obj:GroupLineDetail
        DescriptionLineDetail obj:DescriptionLineDetail
        TaxLineDetail obj:TaxLineDetail
        PaymentLineDetail any
        ItemBasedExpenseLineDetail any
        AccountBasedExpenseLineDetail any
        ReimburseLineDetail any
        DepositLineDetail any
        PurchaseOrderItemLineDetail any
        SalesOrderItemLineDetail any
        ItemReceiptLineDetail any
        JournalEntryLineDetail any
        TDSLineDetail any
        ItemAdjustmentLineDetail any
        CustomField obj:CustomField[] drop
        LineEx any drop
        ProjectRef ref:any
        CostAmount num
        HomeCostAmount num
        CustomExtensions any[]
    """,
    "SalesItemLineDetail": """
        ItemRef ref:Item
        ClassRef ref:Class
        UnitPrice num
        UnitCostPrice num
        RatePercent num
        PriceLevelRef ref:any
        MarkupInfo any
        Qty num
        UOMRef any
        ItemAccountRef ref:Account
        InventorySiteRef ref:any
        TaxCodeRef ref:TaxCode
        TaxClassificationRef ref:any ro
        ServiceDate date
        TaxInclusiveAmt num
        DiscountRate num
        DiscountAmt num
        DeferredRevenue bool
        RetainageAmount num
        SalesItemLineDetailEx any drop
    """,
    "DiscountLineDetail": """
        DiscountRef ref:any
        PercentBased bool
        DiscountPercent num
        DiscountAccountRef ref:Account
        ServiceDate date
        ClassRef ref:Class
        TaxCodeRef ref:TaxCode
        DiscountLineDetailEx any drop
    """,
    "SubTotalLineDetail": """
        ItemRef ref:any
        ServiceDate date
    """,
    "GroupLineDetail": """
        GroupItemRef ref:Item
        Quantity num
        UOMRef any
        ServiceDate date
        Line obj:Line[]
        GroupLineDetailEx any drop
    """,
    "DescriptionLineDetail": """
        ServiceDate date
        TaxCodeRef ref:TaxCode
        DescriptionLineDetailEx any drop
    """,
    "TxnTaxDetail": """
        DefaultTaxCodeRef ref:any drop
        TxnTaxCodeRef ref:TaxCode
        TotalTax num
        TaxReviewStatus str enum=NON__AST__TAX|AST__TAX__OVERRIDE
        TaxLine obj:TaxLine[]
        UseAutomatedSalesTax bool
    """,
    "TaxLine": """
        Id str ro
        LineNum int
        Amount num
        DetailType str req enum=TaxLineDetail
        TaxLineDetail obj:TaxLineDetail req
    """,
    "TaxLineDetail": """
        TaxRateRef ref:TaxRate req
        PercentBased bool
        TaxPercent num
        NetAmountTaxable num
        TaxInclusiveAmount num
        OverrideDeltaAmount num
        ServiceDate date
        TaxLineDetailEx any drop
    """,
    "DepositLineDetail": """
        Entity any
        ClassRef ref:Class
        AccountRef ref:Account req
        PaymentMethodRef ref:PaymentMethod
        CheckNum str
        TxnType str
        TaxCodeRef ref:TaxCode
        TaxApplicableOn str enum=Purchase|Sales
        DepositLineDetailEx any drop
    """,
    "CashBackInfo": """
        AccountRef ref:Account req
        Amount num req
        Memo str
    """,
    "JournalEntryLineDetail": """
        PostingType str req enum=Credit|Debit
        Entity obj:EntityTypeRef
        AccountRef ref:Account req
        ClassRef ref:Class
        DepartmentRef ref:Department
        TaxCodeRef ref:TaxCode
        TaxRateRef ref:TaxRate
        TaxApplicableOn str enum=Purchase|Sales
        TaxAmount num
        TaxInclusiveAmt num
        BillableStatus str enum=Billable|NotBillable|HasBeenBilled
        JournalCodeRef ref:any
        JournalEntryLineDetailEx any drop
    """,
    "EntityTypeRef": """
        Type str enum=Customer|Employee|Job|Other|Vendor
        EntityRef ref:any req
    """,
    "ItemAdjustmentLineDetail": """
        ItemRef ref:Item req
        SalesPrice num
        QtyDiff num req
        NewQty num
        ClassRef ref:Class
    """,
    "LinkedTxn": """
        TxnId str req
        TxnType str req
        TxnLineId str
    """,
    "PhysicalAddress": """
        Id str ro
        Line1 str max=500
        Line2 str max=500
        Line3 str max=500
        Line4 str max=500
        Line5 str max=500
        City str max=255
        Country str max=255
        CountryCode str
        County str max=25
        CountrySubDivisionCode str max=255
        PostalCode str max=30
        PostalCodeSuffix str
        Lat str ro
        Long str ro
        Tag str
        Note str
    """,
    "EmailAddress": """
        Id str ro
        Address str max=100
        Default bool
        Tag str
    """,
    "EmailAddressList": """
        Id str ro
        Address str max=200
        Default bool
        Tag str
    """,
    "TelephoneNumber": """
        Id str ro
        DeviceType str
        CountryCode str
        AreaCode str
        ExchangeCode str
        Extension str
        FreeFormNumber str max=30
        Default bool
        Tag str
    """,
    "WebSiteAddress": """
        Id str ro
        URI str max=1000
        Default bool
        Tag str
    """,
    "Memo": """
        value str req max=1000
    """,
    "CustomField": """
        DefinitionId str req
        Name str
        Type str enum=StringType|BooleanType|NumberType|DateType
        StringValue str max=31
        BooleanValue bool
        DateValue date
        NumberValue num
    """,
    "Ref": """
        value str req
        name str
        type str
    """,
}


def _line_of_accounts() -> dict[str, Field]:
    """The line of a transaction that isn't a sales form: a line that links another transaction has no DetailType."""
    fields = parse_fields(_TEXT["Line"])
    fields["DetailType"] = replace(fields["DetailType"], required=False)
    for name in ("DepositLineDetail", "JournalEntryLineDetail", "ItemAdjustmentLineDetail"):
        fields[name] = replace(fields[name], kind="obj", target=name)
    return fields


TYPES: dict[str, dict[str, Field]] = {
    name: parse_fields(text) for name, text in (_TEXT | PREFERENCE_TYPES | TAX_SERVICE_TYPES).items()
} | {"TxnLine": _line_of_accounts()}
"""Field lists of the nested types, by type name."""
