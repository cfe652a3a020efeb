"""The journal: chained, append-only, and honest about what was done to it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from sohoa_core import journal
from sohoa_core.errors import StoreError
from sohoa_core.journal import ZERO, Head
from sohoa_core.records import dialects
from sohoa_core.records.store import Store
from sohoa_core.store_errors import JournalBroken


def fill(store: Store, count: int = 5) -> Head:
    head = Head(0, ZERO)
    for n in range(count):
        with store.write() as session:
            head = journal.append(
                session,
                actor="Nguyễn",
                action="test.done",
                subject_kind="thing",
                subject_id=str(n),
                data={"tên": "Hồ sơ", "n": n},
            )
    return head


def tamper(store: Store, statement: str) -> None:
    """Change the journal behind the program's back, guards taken off first."""
    with store.write() as session:
        dialects.not_append_only(session.connection(), "journal")
        session.execute(text(statement))


def test_an_empty_journal_is_intact(store: Store) -> None:
    with store.read() as session:
        assert journal.verify(session) == Head(0, ZERO)


def test_the_chain_holds_and_its_head_is_the_last_entry(store: Store) -> None:
    head = fill(store)
    with store.read() as session:
        assert journal.verify(session) == head
        assert journal.verify(session, expected=head) == head
        assert [entry.seq for entry in journal.entries(session, chunk=2)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE journal SET actor = 'x' WHERE seq = 3", 3),
        ("UPDATE journal SET data = '{}' WHERE seq = 2", 2),
        ("UPDATE journal SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 4", 4),
        ("DELETE FROM journal WHERE seq = 3", 4),
        ("DELETE FROM journal WHERE seq = 1", 2),
        ("UPDATE journal SET seq = 9 WHERE seq = 5", 9),
    ],
)
def test_a_changed_entry_is_found(store: Store, statement: str, number: int) -> None:
    fill(store)
    tamper(store, statement)
    with store.read() as session, pytest.raises(JournalBroken) as caught:
        journal.verify(session)
    assert caught.value.args_by_name["seq"] == number


def test_a_cut_end_is_found_with_a_head_that_was_kept(store: Store) -> None:
    head = fill(store)
    tamper(store, "DELETE FROM journal WHERE seq > 3")
    with store.read() as session:
        assert journal.verify(session).seq == 3  # a shorter chain is a chain
        with pytest.raises(JournalBroken):
            journal.verify(session, expected=head)


def test_a_rewritten_history_is_found_with_a_head_that_was_kept(store: Store) -> None:
    head = fill(store)
    tamper(store, "DELETE FROM journal")
    with store.write() as session:
        for n in range(6):
            journal.append(
                session, actor="y", action="z", subject_kind="k", subject_id=str(n), data={}
            )
    with store.read() as session, pytest.raises(JournalBroken):
        journal.verify(session, expected=head)


@pytest.mark.parametrize("statement", ["UPDATE journal SET actor = 'x'", "DELETE FROM journal"])
def test_the_database_itself_refuses_changes(store: Store, statement: str) -> None:
    fill(store, 1)
    with pytest.raises(StoreError), store.write() as session:
        session.execute(text(statement))


def test_an_entry_falls_with_its_transaction(store: Store) -> None:
    with pytest.raises(RuntimeError), store.write() as session:
        journal.append(session, actor="a", action="b", subject_kind="c", subject_id="d")
        raise RuntimeError
    with store.read() as session:
        assert journal.verify(session).seq == 0


def test_floats_are_refused(store: Store) -> None:
    with pytest.raises(TypeError), store.write() as session:
        journal.append(
            session, actor="a", action="b", subject_kind="c", subject_id="d", data={"x": 0.1}
        )


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(data=st.dictionaries(st.text(max_size=8), plain, max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_plain_data_survives_the_database(tmp_path_factory, data) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("j")
    store = Store(f"sqlite:///{folder / 'records.sqlite'}")
    store.upgrade()
    with store.write() as session:
        journal.append(session, actor="a", action="b", subject_kind="c", subject_id="d", data=data)
    with store.read() as session:
        assert journal.verify(session).seq == 1
    store.close()
