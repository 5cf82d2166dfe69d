"""The match and merge API (its routes are still to come)."""
