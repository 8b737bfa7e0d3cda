"""The Bookbridge services and the `bookbridge` command."""
