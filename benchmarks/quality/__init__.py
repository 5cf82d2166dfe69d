"""How good: labelled sets resolved with no labels and no configuration, beside other tools, and what goes wrong."""
