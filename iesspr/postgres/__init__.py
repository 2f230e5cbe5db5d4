"""A private PostgreSQL: found, initialised, started and stopped by us, as a supervised child."""

from iesspr.postgres.binaries import BinariesMissing, find_binaries
from iesspr.postgres.databases import DATABASES, OWNER, DatabaseUrls, create_databases, database_url
from iesspr.postgres.server import PostgresFailed, PostgresServer

__all__ = [
    "DATABASES",
    "OWNER",
    "BinariesMissing",
    "DatabaseUrls",
    "PostgresFailed",
    "PostgresServer",
    "create_databases",
    "database_url",
    "find_binaries",
]
