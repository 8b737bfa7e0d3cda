"""The lists of each owned company, kept whole and fresh in `quickbooks.lists`."""
