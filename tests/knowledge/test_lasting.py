"""What is made in a lasting block is out of the garbage collector's sight, which runs again afterwards."""

import gc

from knowledge.lasting import lasting


def test_the_collector_rests_meanwhile_and_leaves_the_objects_alone() -> None:
    try:
        with lasting():
            assert not gc.isenabled()
            made = [{"number": n} for n in range(100)]
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        seen = {id(found) for found in gc.get_objects()}
        assert not any(id(row) in seen for row in made)
    finally:
        gc.unfreeze()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with lasting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()
