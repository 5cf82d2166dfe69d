"""The stewards' desk: pages over the same functions that the API uses. Nothing is decided here."""
