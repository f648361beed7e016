"""The sums by day say what the lines say, whatever was recorded, verified and retracted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from csp_workflow import Actor, WorkflowError, open_workflow
from csp_workflow.model.fact import Window
from csp_workflow.testing import SettableClock

DAY = date(2025, 10, 6)
OPERATOR, ANNA = Actor("olga", "operator"), Actor("anna", "global_admin")

lines = st.fixed_dictionaries(
    {
        "booked_on": st.dates(DAY - timedelta(days=400), DAY),
        "amount": st.integers(1, 10**9).map(lambda cents: Decimal(cents) / 100),
        "product": st.sampled_from(["cloud", "perpetual_software"]),
        "channel": st.sampled_from(["indirect", "direct"]),
    },
    optional={"line": st.sampled_from(["L-1", "L-2", "L-3"])},
)
acts = st.one_of(
    st.tuples(st.just("record"), lines, st.booleans()),
    st.tuples(st.just("verify"), st.integers(0, 20), st.just(value=True)),
    st.tuples(st.just("retract"), st.integers(0, 20), st.just(value=True)),
)
windows = st.builds(
    Window,
    start=st.dates(DAY - timedelta(days=400), DAY),
    end=st.dates(DAY - timedelta(days=100), DAY + timedelta(days=1)),
    products=st.sampled_from([(), ("cloud",), ("cloud", "perpetual_software")]),
    channel=st.sampled_from([None, "indirect", "direct"]),
    verified=st.booleans(),
    day=st.just(DAY),
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(history=st.lists(acts, max_size=12), asked=st.lists(windows, min_size=1, max_size=6))
def test_sums_by_day_equal_the_sums_of_the_lines(history: list[tuple[str, object, bool]], asked: list[Window]) -> None:
    with open_workflow("memory:", clock=SettableClock(DAY)) as workflow:
        workflow.register_partner("PGA-1", name="Fabrikam GmbH", country="DE")
        recorded: list[tuple[str, dict[str, object]]] = []
        for what, value, by_vendor in history:
            try:
                if what == "record" and isinstance(value, dict):
                    entry = workflow.record("PGA-1", "revenue", value, actor=OPERATOR if by_vendor else ANNA)
                    recorded.append((entry.entry, value))
                elif recorded and isinstance(value, int):
                    name, fields = recorded[value % len(recorded)]
                    if what == "verify":
                        workflow.record("PGA-1", "revenue", {**fields, "verified": True}, actor=OPERATOR)
                    else:
                        workflow.retract(name, reason="a slip", actor=OPERATOR)
            except WorkflowError as problem:
                assert problem.exit_code == 5  # noqa: PT017 - a line that stands with other content, or is gone already
        now = datetime(2025, 10, 6, tzinfo=UTC)
        with workflow._desk.store.reading() as session:  # noqa: SLF001 - both ways of asking are the store's own
            for window in asked:
                by_line = session.revenue("PGA-1", now, window, settled=False)
                assert session.revenue("PGA-1", now, window, settled=True) == by_line
