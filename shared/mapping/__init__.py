"""Sale -> documents of the books. Pure: it knows no shop system, reads no clock, does no input or output."""
