"""The collector of garbage rests while a chunk is taken in, and is afterwards as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from threading import Barrier, Thread

import pytest

from csp_workflow.bulk.pause import paused_collector


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    was_on = gc.isenabled()
    yield
    (gc.enable if was_on else gc.disable)()


def test_the_collector_rests_and_goes_on_also_after_an_error() -> None:
    gc.enable()
    with paused_collector():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(KeyError), paused_collector():
        raise KeyError
    assert gc.isenabled()


def test_a_collector_that_its_host_has_turned_off_stays_off() -> None:
    gc.disable()
    with paused_collector():
        assert not gc.isenabled()
    assert not gc.isenabled()


def test_the_last_of_several_threads_ends_the_pause() -> None:
    gc.enable()
    begun, ended = Barrier(2), Barrier(2)

    def other() -> None:
        with paused_collector():
            begun.wait()
            ended.wait()

    thread = Thread(target=other)
    with paused_collector():
        thread.start()
        begun.wait()
    assert not gc.isenabled()
    ended.wait()
    thread.join()
    assert gc.isenabled()
