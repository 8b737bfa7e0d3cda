"""What the services have in common: the log, both remote systems, and the pure core between them."""
