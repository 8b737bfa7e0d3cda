"""The log: all input, state and decisions are records in topics (design, idea 3)."""
