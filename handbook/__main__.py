"""Writes the generated parts of docs/: python -m handbook."""

import sys

from handbook.pages import stale, write

sys.stdout.write("".join(f"{path}\n" for path in write(stale())))
