"""Runs revisions, with Alembic, which is imported with this module and nowhere else."""

from __future__ import annotations

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from csp_workflow.storage.migrations import HEAD

_TURN = threading.Lock()  # while it runs, Alembic keeps its context where every thread would find it


def run(connection: Connection, to: str = HEAD) -> None:
    """Bring a schema to a revision, all in the transaction of the connection; it is begun and ended by the caller."""
    config = _config()
    config.attributes["connection"] = connection
    with _TURN:
        command.upgrade(config, to)


def titles() -> dict[str, str]:
    """What each revision is called, oldest first."""
    script = ScriptDirectory.from_config(_config())
    return {step.revision: step.doc.rstrip(".") for step in reversed(list(script.walk_revisions()))}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")  # nothing is separated; it has to be said
    return config
