"""What keeps a database from being used."""

from __future__ import annotations

from csp_workflow.errors.base import WorkflowError

_MIGRATE = "move it with csp-workflow definition migrate, or use the one that it was made with"


class StorageError(WorkflowError):
    """The database cannot be used."""

    exit_code = 6


class StorageUnavailable(StorageError):
    """The database cannot be opened, read or written."""

    code = "storage_unavailable"


class StorageDamaged(StorageError):
    """The database holds something that the product did not write."""

    code = "storage_damaged"


class CaseStranded(StorageError):
    """The case is in a state, or under a policy, that the definition no longer knows; `definition migrate` moves it."""

    code = "case_stranded"

    def __init__(self, ref: str, kind: str, name: str, *, then: bool = False) -> None:
        what = f"{ref} {'had' if then else 'has'} the {kind} {name!r}"
        known = f"which the definition {'of today ' if then else ''}does not know"
        way_out = "use the one that it was made with" if then or kind == "lifecycle" else _MIGRATE
        super().__init__(f"{what}, {known}: {way_out}.", ref=ref, gone={kind: name})


class StorageOutdated(StorageError):
    """The database was written by an earlier release, and is to be upgraded before this one uses it."""

    code = "storage_outdated"

    def __init__(self, where: str, revision: str, needed: str) -> None:
        super().__init__(
            f"{where} is at schema revision {revision} and this program needs {needed}: run csp-workflow db upgrade.",
            database=where,
            revision=revision,
            needed=needed,
        )


class StorageNewer(StorageError):
    """The database was written by a later release; nothing in it is touched."""

    code = "storage_newer"

    def __init__(self, where: str, revision: str, needed: str) -> None:
        super().__init__(
            f"{where} is at schema revision {revision}, made by a later release than this one, which knows "
            f"{needed} as the newest: upgrade the program.",
            database=where,
            revision=revision,
            needed=needed,
        )
