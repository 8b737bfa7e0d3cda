"""Fields of Item."""

ITEM = """
    Name str req max=100 clean f
    Sku str max=100 f
    Description str max=4000 f
    Active bool f
    SubItem bool
    ParentRef ref:Item f
    Level int ro
    FullyQualifiedName str ro f
    Taxable bool
    SalesTaxIncluded bool
    PercentBased bool
    UnitPrice num f
    RatePercent num
    Type str req enum=Inventory|NonInventory|Service|Category|Group f
    PaymentMethodRef ref:PaymentMethod
    UOMSetRef ref:any
    IncomeAccountRef ref:Account
    PurchaseDesc str max=1000
    PurchaseTaxIncluded bool
    PurchaseCost num f
    ExpenseAccountRef ref:Account
    COGSAccountRef ref:Account
    AssetAccountRef ref:Account
    PrefVendorRef ref:any
    AvgCost num
    TrackQtyOnHand bool
    QtyOnHand num
    QtyOnPurchaseOrder num ro
    QtyOnSalesOrder num ro
    ReorderPoint num
    ManPartNum str
    DepositToAccountRef ref:Account
    SalesTaxCodeRef ref:TaxCode
    PurchaseTaxCodeRef ref:TaxCode
    InvStartDate date
    BuildPoint num
    PrintGroupedItems bool drop
    SpecialItem bool
    SpecialItemType str enum=FinanceCharge|ReimbursableExpenseGroup|ReimbursableExpenseSubtotal
    ItemGroupDetail any
    ItemAssemblyDetail any
    AbatementRate num
    ReverseChargeRate num
    ServiceType str
    ItemCategoryType str enum=Product|Service
    ItemEx any drop
    TaxClassificationRef ref:any
    UQCDisplayText str max=25
    UQCId str
    ClassRef ref:Class
    Source str
    DeferredRevenue bool
    CustomExtensions any[]
"""
