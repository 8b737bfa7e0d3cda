"""What the fault plans of both sandboxes have in common: when a rule acts, times that are drawn, bad deliveries."""
