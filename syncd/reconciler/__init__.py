"""The reconciler: one pure function from a snapshot to findings."""
