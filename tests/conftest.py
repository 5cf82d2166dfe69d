"""How hypothesis runs: no stop-watch (a busy machine is no bug), and in CI the same examples every time.

Whoever runs the tests at home draws new examples each time, and so finds what CI has not.
"""

import os

from hypothesis import settings

settings.register_profile("here", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("here")
