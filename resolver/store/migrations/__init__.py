"""Migrations: the steps by which a store came to be what it is, oldest first."""
