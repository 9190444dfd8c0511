"""The database: migrations and all SQL."""
