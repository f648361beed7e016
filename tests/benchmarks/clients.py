"""Several clients of one PostgreSQL beside each other, each a process: the product and bare psycopg in turns."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping, Sequence
from threading import Barrier
from time import perf_counter
from typing import Any

from csp_workflow.bootstrap import join, judge_of
from csp_workflow.storage.store import open_store
from csp_workflow.testing import SettableClock
from tests.benchmarks.traced import Said
from tests.benchmarks.traced_postgresql import raw_connection, say_again
from tests.benchmarks.walks import ACTED_ON, WALK, fire

Said_ = Mapping[tuple[str, str], Sequence[Said]]
_PATIENCE = 120.0  # seconds; one that has died is noticed after them


def clients_take_turns(
    urls: Mapping[str, str], said: Said_, groups: Sequence[Sequence[str]], clients: int
) -> list[float]:
    """How many times as fast as bare psycopg the product is with so many clients, round by round.

    In a round each client does the walk of one group of cases, all of them as one contestant and then as the other.
    """
    spawned = multiprocessing.get_context("spawn")  # a fork would share the connections of this process
    barrier, told = spawned.Barrier(clients), spawned.Queue()
    shares = [groups[number::clients] for number in range(clients)]
    rounds = min(map(len, shares))
    processes = []
    for share in shares:
        wanted = {key: value for key, value in said.items() if any(key[0] in group for group in share)}
        arguments = (urls["product"], urls["raw"], wanted, share[:rounds], barrier, told)
        processes.append(spawned.Process(target=_client, args=arguments, daemon=True))
    for process in processes:
        process.start()
    spans: dict[tuple[int, str], list[tuple[float, float]]] = {}
    for _ in range(clients * rounds * 2):
        turn, name, begun, ended = told.get(timeout=_PATIENCE)
        spans.setdefault((turn, name), []).append((begun, ended))
    for process in processes:
        process.join(_PATIENCE)
    took = {key: max(end for _, end in span) - min(begun for begun, _ in span) for key, span in spans.items()}
    ratios = [took[turn, "raw"] / took[turn, "product"] for turn in range(rounds)]
    return ratios[1:] or ratios  # the first one warms up


def _client(product: str, raw: str, said: Said_, groups: Sequence[Sequence[str]], barrier: Barrier, told: Any) -> None:
    """One client: in every round the walk of its cases, once as each contestant."""
    store = open_store(product)
    with join(store, judge_of(), SettableClock(ACTED_ON)) as workflow, raw_connection(raw) as connection:
        for turn, refs in enumerate(groups):
            for name in ("product", "raw") if turn % 2 else ("raw", "product"):
                barrier.wait(_PATIENCE)
                begun = perf_counter()
                for act in WALK:
                    for ref in refs:
                        if name == "product":
                            fire(workflow, ref, act)
                        else:
                            say_again(connection, said[ref, act.trigger])
                told.put((turn, name, begun, perf_counter()))
