"""Other tools on the same sets, through adapters of one shape: frame of `handover` -> record_id, entity.

They run in an environment of their own (`make peers` makes `.venv-peers`), each in its own process with limits on time
and memory: `race` starts them, `runner` is what runs there. `figures.json` keeps what was measured. `benchmarks.speed`
runs them through `whole`, from a file to a file.
"""
