"""Customers of the shop: accounts by e-mail and website, their addresses, their groups."""
