"""Multi-source inventory: sources, stocks, source items, reservations, salable quantity.

Rules without state: `configuration` (settings in force), `salable` (what can be sold), `sources` (which source serves,
what is deducted), `reservations` (rows, clean-up, audit), `leaves` (which pieces an order moves), `returns` (credit
memos). `state` holds the tables; `hooks` is what the life of an order calls.
"""
