"""Products of the shops become items of the books."""
