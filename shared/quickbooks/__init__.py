"""QuickBooks Online, Accounting API v3: client, OAuth 2.0, faults and quota of one realm (company)."""
