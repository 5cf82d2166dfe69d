"""What all fields share: strings, their parts, and many pairs of them at once."""
