"""Alembic asks for this file; ``migrations.upgrade_to`` does the work without it."""
