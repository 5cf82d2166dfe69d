"""`python -m api`: the `resolver` command with all that it can do."""

from api.cli import main

main()
