"""Connecting a company to QuickBooks: from a link that a person opens to a grant that the owner has put in force."""
