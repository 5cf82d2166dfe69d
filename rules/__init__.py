"""WHAT makes two contacts the same: one file a field, and the rule set that weighs them."""
