"""What was sold, in words that belong to no shop system and to no accounting system. Pure values and identities."""
