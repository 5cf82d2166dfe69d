"""How much is tried: a little in the suite; a hundred times as much under `make soak`, from its seed."""

from hypothesis import HealthCheck, seed, settings

from tests.soak import SOAK

MORE = 100


def fuzzed(few):
    """So many examples in the suite."""

    def with_examples(test):
        held = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
        limited = settings(max_examples=few if SOAK is None else few * MORE, suppress_health_check=held)(test)
        return limited if SOAK is None else seed(int(SOAK))(limited)

    return with_examples
