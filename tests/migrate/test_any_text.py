"""Whatever stands in a column: no crash, and the source row keeps it exactly."""

from __future__ import annotations

import base64
import contextlib
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from migrate.old_systems import migrate, new_workspace, tiny
from sohoa_core.records import RejectedRow, SourceRow

_WEIRD = st.sampled_from(
    [
        "\x00",
        "a\x00b",
        "\u202etxt.exe",
        "\ufeff",
        "\u00ad",
        "e\u0302\u0301",
        "😀",
        "\u2028",
        "'; --",
    ]
)
_VALUES = st.one_of(
    st.none(),
    st.text(max_size=60),
    _WEIRD,
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.binary(max_size=40),
    # Text that is no UTF-8, lone surrogates among it: only a CAST brings it into a column.
    st.sampled_from([b"\xed\xa0\x80", b"\xc3", b"\xff\xfe", b"ok\x80"]).map(lambda b: ("cast", b)),
)
_ROW = st.tuples(*[_VALUES] * 7)


def restored(value: Any) -> Any:
    """The inverse of how a row is kept."""
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "$float":
        return float(inner)
    data = base64.b64decode(inner)
    return ("cast", data) if kind == "$text" else data


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(st.lists(_ROW, min_size=1, max_size=12))
def test_any_value_in_any_column_is_kept_exactly(rows: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        more = (
            "DELETE FROM giay_to; DELETE FROM ho_so; DROP TABLE nguoi_dan;"
            "CREATE TABLE nguoi_dan (id INTEGER PRIMARY KEY, ho_ten, ngay_sinh, gioi_tinh, cccd,"
            " dia_chi, ma_xa, mat_khau);"
        )
        path = tiny(folder / "old", more=more)
        with contextlib.closing(sqlite3.connect(path)) as base, base:
            for number, row in enumerate(rows, 1):
                marks = ["CAST(? AS TEXT)" if isinstance(v, tuple) else "?" for v in row]
                values = [v[1] if isinstance(v, tuple) else v for v in row]
                base.execute(
                    f"INSERT INTO nguoi_dan VALUES (?, {', '.join(marks)})", [number, *values]
                )
        with new_workspace(folder / "new") as space:
            from migrate.old_systems import TINY
            from sohoa_migrate.mapping.load import loads

            text = TINY.read_text(encoding="utf-8").replace("percent: 80", "percent: 100")
            _plan, result = migrate(path, space, loads(text, "m.yaml"))
            assert result.reconciliation.balanced
            with space.store.read() as session:
                kept = {
                    row.source_key: row.raw
                    for model in (SourceRow, RejectedRow)
                    for row in session.scalars(
                        select(model).where(model.source_table == "nguoi_dan")
                    )
                }
        columns = ("ho_ten", "ngay_sinh", "gioi_tinh", "cccd", "dia_chi", "ma_xa", "mat_khau")
        for number, row in enumerate(rows, 1):
            raw = kept[str(number)]
            assert [restored(raw[column]) for column in columns] == list(row)
