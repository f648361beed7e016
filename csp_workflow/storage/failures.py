"""What a database says when it fails, as one of our own errors; a password in its address is never repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import exc

from csp_workflow.errors import StaleRevision, StorageDamaged, StorageUnavailable, WorkflowError

_DAMAGED = ("not a database", "malformed", "no such table", "no such column", "Could not decode")  # SQLite says so
_QUOTED = " with text '"  # and goes on with what stands there, which may be nobody's business
_RACED = "UNIQUE constraint failed"

# PostgreSQL gives numbers: no such table or column, damaged data or index; a unique key, a race lost, a deadlock,
# and a division by zero, which is how a statement of ours fails that finds no row to change
_DAMAGED_STATES = {"42P01", "42703", "XX001", "XX002"}
_RACED_STATES = {"23505", "40001", "40P01", "22012"}


@contextmanager
def mapped(where: str, driver: Any = None) -> Iterator[None]:
    """Turn every failure of the database, or of its driver, into an error of ours; ours pass as they are.

    Raises:
        StaleRevision: somebody else wrote the same entry first.
        StorageDamaged: the database is not what the product wrote.
        StorageUnavailable: anything else that the database says.
    """
    try:
        yield
    except WorkflowError:
        raise
    except UnicodeDecodeError as failure:  # SQLite quotes from the file what its driver then cannot read
        raise _damaged(where, "what stands in it is no text") from failure
    except (exc.SQLAlchemyError, getattr(driver, "Error", OSError), OSError) as failure:
        orig = getattr(failure, "orig", None)
        if isinstance(orig, WorkflowError):
            raise orig from None
        raise _ours(where, failure) from failure


def _ours(where: str, failure: BaseException) -> WorkflowError:
    cause = getattr(failure, "orig", None) or failure
    reason, state = _reason(cause), getattr(cause, "sqlstate", None)
    if _RACED in reason or state in _RACED_STATES:
        return StaleRevision()
    if state in _DAMAGED_STATES or any(word in reason for word in _DAMAGED):
        return _damaged(where, reason)
    return StorageUnavailable(f"{where} cannot be used: {reason}.", database=where)


def _damaged(where: str, reason: str) -> StorageDamaged:
    return StorageDamaged(f"{where} is not a database of this product, or was damaged: {reason}.", database=where)


def _reason(cause: BaseException) -> str:
    text = str(cause).strip().partition(_QUOTED)[0].splitlines()
    return text[0].rstrip(".") if text else type(cause).__name__
