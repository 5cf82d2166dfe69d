"""Store: a living identity graph in SQLite or PostgreSQL. It keeps what the steps make, and knows none of them."""
