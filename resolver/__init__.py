"""HOW contacts are resolved into entities with golden records."""
