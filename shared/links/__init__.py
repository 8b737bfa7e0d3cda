"""What we wrote to the other system and what we are about to write: the links between the two."""
