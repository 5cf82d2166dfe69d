"""How fast: this engine and other tools as whole processes, in turn on the same generated files."""
