"""The product catalogue: saving, values by store view, the price services, and the parts products are made of."""
