"""Products of a shop -> items of the books. Pure: products, items and links in, a plan out."""
