"""The memory: ports that are verbs, and their SQLite adapter."""
