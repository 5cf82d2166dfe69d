"""Log odds and probabilities: what the model adds up, and what people read."""

import numpy as np

from resolver.model.layout import Floats


def log_odds(probability: float) -> float:
    """Natural log odds of a probability."""
    return float(np.log(probability / (1 - probability)))


def probabilities(logits: Floats) -> Floats:
    """The probability of each natural log odds."""
    return np.asarray(1 / (1 + np.exp(-logits)))
