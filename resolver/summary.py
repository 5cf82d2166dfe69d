"""What the command line prints: each function takes facts and gives text, and touches nothing."""

from resolver.words.columns import columns_in_words
from resolver.words.evaluation import evaluation_as_json, evaluation_in_words
from resolver.words.run import run_as_json, run_in_words
from resolver.words.teaching import teaching_as_json, teaching_in_words
from resolver.words.why import why_in_words

__all__ = [
    "columns_in_words",
    "evaluation_as_json",
    "evaluation_in_words",
    "run_as_json",
    "run_in_words",
    "teaching_as_json",
    "teaching_in_words",
    "why_in_words",
]
