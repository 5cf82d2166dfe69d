"""What people read: numbers, likelihoods and evidence in plain words, for the terminal and the report."""
