"""
What was collected, kept durably in one SQLite file until every sink has it, and readable without any cloud.

``store.Outbox`` is the way in. This room is the only importer of ``sqlite3``.
"""
