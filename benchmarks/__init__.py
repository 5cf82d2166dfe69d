"""How good and how fast: generated data, labelled sets, peers."""
