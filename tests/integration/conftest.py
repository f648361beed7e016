"""A server of PostgreSQL for the tests that need one."""

from tests.integration.own_server import new_database, postgres, server

__all__ = ["new_database", "postgres", "server"]
