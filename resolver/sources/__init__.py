"""One adapter a source system: its export in, canonical contacts out."""
