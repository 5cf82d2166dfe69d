import gc
import os
from contextlib import nullcontext

import pytest

from resolver.memory import SELDOM, be_frugal, give_back, loading, peak_megabytes

SETTING = "_RJEM_MALLOC_CONF"


@pytest.mark.parametrize(("told", "kept"), [(None, "dirty_decay_ms"), ("narenas:7", "narenas:7")])
def test_what_a_person_told_the_allocator_stays(monkeypatch, told, kept):
    monkeypatch.setenv("MALLOC_ARENA_MAX", "8")
    monkeypatch.setenv(SETTING, told or "")
    if told is None:
        monkeypatch.delenv(SETTING)
    be_frugal()
    assert os.environ[SETTING].startswith(kept)


def test_python_looks_for_garbage_seldom():
    before = gc.get_threshold()
    try:
        be_frugal()
        assert gc.get_threshold() == (SELDOM, *before[1:])
    finally:
        gc.set_threshold(*before)


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_loaded_is_not_looked_through_and_what_comes_after_is(fails):
    frozen = gc.get_freeze_count()
    try:
        with pytest.raises(KeyError) if fails else nullcontext(), loading():
            assert not gc.isenabled()
            if fails:
                raise KeyError
        assert gc.isenabled()
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()


def test_giving_memory_back_never_lowers_the_peak():
    before = peak_megabytes()
    give_back()
    assert peak_megabytes() >= before > 0
