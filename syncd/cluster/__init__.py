"""One service on several machines: procrastinate's jobs on the PostgreSQL that holds the store."""

from syncd.cluster.worker import Cluster

__all__ = ["Cluster"]
