"""Where the sandbox's schema differs from the published one on purpose, each with its reason.

Keys are patterns of `Entity.Field what`; what is one of absent, extra, kind, array, length, values, required and
read-only. Sections are those of the reference.
"""

from __future__ import annotations

_MADE_BY_SERVER = "QuickBooks makes it: what is sent is ignored (section 8, common rules)"
_INNER_FIELDS = "depends on the line's DetailType, so lines.py asks for it, not the schema (section 9)"
_RECORDED = "a key of recorded answers that no schema has (section 13)"

DEVIATIONS: dict[str, str] = {
    "*.domain extra": "attributes of the XML are keys in JSON",
    "*.sparse extra": "attributes of the XML are keys in JSON",
    "*.status extra": "attributes of the XML are keys in JSON",
    "*.sparse read-only": "a switch of the request, and told in answers; never kept as it was sent",
    "*.LinkedTxn read-only": "made by payments and deposits; read-only on sales forms (section 8, Invoice)",
    "*.Balance read-only": _MADE_BY_SERVER,
    "*.BalanceWithJobs read-only": _MADE_BY_SERVER,
    "*.TotalAmt read-only": _MADE_BY_SERVER,
    "*.RemainingCredit read-only": _MADE_BY_SERVER,
    "*.FreeFormAddress read-only": _MADE_BY_SERVER,
    "*.DeliveryInfo read-only": _MADE_BY_SERVER,
    "*.LessCIS extra": "the forms share their fields",
    "*.TaxExemptionRef read-only": "read-only on Invoice; the forms share their fields",
    "Customer.V4IDPseudonym read-only": _RECORDED,
    "Customer.RootCustomerRef read-only": _MADE_BY_SERVER,
    "Customer.ClientCompanyId read-only": _RECORDED,
    "Customer.ClientEntityId read-only": _RECORDED,
    "Customer.CurrencyRef read-only": "given on create, unchangeable later: customers.py (section 8, Customer)",
    "*.CurrencyRef length": "a code of three letters: currencies.py knows them all",
    "Account.AcctNum length": "7 to 20 by country: listing.py (section 8, Account)",
    "Item.QtyOn* read-only": _MADE_BY_SERVER,
    "Item.ItemCategoryType values": "the schema's own ItemCategoryTypeEnum, which the field doesn't name",
    "SalesReceipt.CustomerRef required": "the switch sales_receipt_needs_customer (section 8: the sources disagree)",
    "*.PaymentRefNum length": "21 as on SalesReceipt, recalled for the others (section 8)",
    "*.PaymentMethodRef read-only": "the forms share their fields; QuickBooks takes it on CreditMemo as well",
    "*.PaymentType length": "an enumeration is bounded by its values",
    "*.CheckPayment length": "the length is that of PaymentRefNum, shown in the wrong place by the scrape",
    "*.CreditCardPayment length": "the length is that of PaymentRefNum, shown in the wrong place by the scrape",
    "Invoice.ECloudStatusTimeStamp read-only": _MADE_BY_SERVER,
    "Invoice.InvoiceLink* read-only": _MADE_BY_SERVER,
    "TaxAgency.* absent": "TaxAgency inherits Vendor's fields in the XSD; the reference lists none of them",
    "CompanyAccountingPrefs.BookCloseDate read-only": "the switch close_date_by_api",
    "TaxRateDetails.TaxRateName length": "10 in the scrape, whose own example has 16: 100, as TaxRate.Name",
    "TaxRateDetails.TaxRateId required": "either the id of a rate, or a new rate (section 8, TaxService)",
    "TaxRateDetails.RateValue required": "either the id of a rate, or a new rate (section 8, TaxService)",
    "TaxRateDetails.RateValue kind": "a number, or one in quotes: the reference calls it a percentage as string",
    "Line.Id read-only": "names the line on an update",
    "Line.Amount required": _INNER_FIELDS,
    "Line.*Detail required": _INNER_FIELDS,
    "*.TaxExemptionRef kind": "a reference, whose type the contract names by the page it is from",
    "JournalEntry.TaxRateRef kind": "a reference, whose type the contract names by the page it is from",
    "DepositLineDetail.TxnType values": "told of a line's origin in answers; nothing here depends on it",
    "CashBackInfo.* required": "cash back without account or amount has no meaning (section 8, Deposit)",
    "JournalEntryLineDetail.JournalCodeRef required": "French companies only",
    "EntityTypeRef.EntityRef required": "an entity that isn't named is none (section 8, JournalEntry)",
    "ItemAdjustmentLineDetail.* required": "REF26: a line is an item and the difference of its quantity (section 10)",
    "CustomField.DefinitionId read-only": "names the field that is set",
    "CustomField.Name read-only": "taken beside the value, as answers carry it",
    "CustomField.Type read-only": "taken beside the value, as answers carry it",
    "CustomField.StringValue length": "the three string fields hold 31 characters each (section 8, custom fields)",
}

FILTERABLE_BEYOND_THE_XSD: dict[str, frozenset[str]] = {
    # The XSD marks few fields; callers filter by these, and Intuit's own examples and data query page do, too.
    "*": frozenset({"MetaData", "Name", "Active", "FullyQualifiedName", "ParentRef", "Description"}),
    "Customer": frozenset(
        [
            "Title",
            "Suffix",
            "CompanyName",
            "DisplayName",
            "PrintOnCheckName",
            "PrimaryEmailAddr",
            "Job",
            "Balance",
            "BalanceWithJobs",
        ]
    ),
    "Account": frozenset({"SubAccount", "Classification", "AccountType", "AccountSubType", "CurrentBalance"}),
    "Item": frozenset({"UnitPrice", "PurchaseCost"}),
    "PaymentMethod": frozenset({"Type"}),
    "Term": frozenset({"DueDays"}),
    "TaxRate": frozenset({"RateValue"}),
    "TaxAgency": frozenset({"DisplayName"}),
    "ExchangeRate": frozenset({"SourceCurrencyCode", "TargetCurrencyCode", "AsOfDate"}),
    "transactions": frozenset({"CustomerRef", "DueDate", "TotalAmt", "Balance", "RemainingCredit"}),
}

NOT_IN_THE_CONTRACT = {
    "Vendor": "only names matter here: they share the customers' name space",
    "Employee": "only names matter here: they share the customers' name space",
    "TaxLine": "a Line whose DetailType is TaxLineDetail; the contract has Line only",
    "TxnLine": "the Line of payments, deposits and journals, where a line that links has no DetailType",
    "EmailAddressList": "EmailAddress with room for several (BillEmailCc, BillEmailBcc)",
    "Ref": "ReferenceType, told as a rule of JSON",
}
