"""Schema migrations (Alembic); ``upgrade_to`` runs them without any configuration file."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine


def upgrade_to(engine: Engine, revision: str) -> None:
    """Run every migration up to ``revision`` in one transaction."""
    _run(engine, revision, downgrade=False)


def downgrade_to(engine: Engine, revision: str) -> None:
    """Undo migrations down to ``revision`` (``base`` for an empty database)."""
    _run(engine, revision, downgrade=True)


def _run(engine: Engine, revision: str, *, downgrade: bool) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    from sohoa_core.records.base import Base

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)

    def steps(current: object, _context: object) -> list[object]:
        if downgrade:
            return list(script._downgrade_revs(revision, current))  # type: ignore[arg-type]
        return list(script._upgrade_revs(revision, current))  # type: ignore[arg-type]

    with EnvironmentContext(config, script, fn=steps) as environment:
        with engine.connect() as connection, connection.begin():
            environment.configure(
                connection=connection, target_metadata=Base.metadata, render_as_batch=True
            )
            environment.run_migrations()
