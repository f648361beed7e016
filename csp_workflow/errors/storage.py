"""What keeps a database from being used."""

from __future__ import annotations

from csp_workflow.errors.base import WorkflowError


class StorageError(WorkflowError):
    """The database cannot be used."""

    exit_code = 6


class StorageUnavailable(StorageError):
    """The database cannot be opened, read or written."""

    code = "storage_unavailable"


class StorageDamaged(StorageError):
    """The database holds something that the product did not write."""

    code = "storage_damaged"


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
