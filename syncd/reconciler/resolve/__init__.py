"""From a snapshot to what the rules read: whose things are, what was promised, who waits."""
