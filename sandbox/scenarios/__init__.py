"""Generated shop life: carts of every shape that a shop sells, reproducible by seed."""
