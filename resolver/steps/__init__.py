"""The pure steps, in their order: prepare, block, score, cluster, merge."""
