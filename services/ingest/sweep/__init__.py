"""What no webhook told is found: sweeps by updated_at, a nightly compare, and everything since the start date."""
