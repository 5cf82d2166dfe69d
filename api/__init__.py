"""The match and merge API, over HTTP."""
