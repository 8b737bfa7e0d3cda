"""`bookbridge demo` and `bookbridge up`: a shop, books and Bookbridge between them, as processes of their own."""
