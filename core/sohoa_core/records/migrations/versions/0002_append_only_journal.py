"""The database itself refuses to change or delete journal entries."""

from alembic import op

from sohoa_core.records.dialects import append_only, not_append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Guard the journal with triggers."""
    append_only(op.get_bind(), "journal")


def downgrade() -> None:
    """Take the guard away."""
    not_append_only(op.get_bind(), "journal")
