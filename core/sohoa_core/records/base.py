"""What all record classes share: the declarative base, portable column types, naming rules.

Only types that SQLite and PostgreSQL store alike: text, integers, reals, booleans and JSON.
Times are text in one fixed-width UTC form (:mod:`sohoa_core.clock`), because SQLite has no
time type and a journal hash must not depend on the database. Dates keep the precision that
the paper gives (``2020-01-05``, ``2020-01``, ``2020``) and are text too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import JSON, Dialect, MetaData, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column

from sohoa_core import clock
from sohoa_core.canonical import new_id


class UtcTime(TypeDecorator[datetime]):
    """A moment, kept as ``2026-11-21T02:05:07.000000Z``."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else clock.iso(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else clock.parse(value)


class Base(DeclarativeBase):
    """Base of all records; constraints have names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own spelling
        datetime: UtcTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        str: Text,
    }


Id = Annotated[str, mapped_column(String(32), primary_key=True, default=new_id)]
Sha256 = Annotated[str, mapped_column(String(64))]
