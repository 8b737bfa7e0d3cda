"""Double entry: what each document does to the accounts, to stock and to what customers owe."""
