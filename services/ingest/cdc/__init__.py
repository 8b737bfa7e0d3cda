"""What changes in the books: change data capture of each owned company, within its budget of metered calls."""
