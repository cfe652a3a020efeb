"""Administrative units (đơn vị hành chính): what was this unit, what is it now?

The front of the room: ask :func:`find`, :func:`get`, :func:`check`, :func:`convert`,
:func:`chain`, :func:`batch_convert`; addresses live in :mod:`sohoa_vietnam.addresses`.
"""

from sohoa_vietnam.units.batch import OUTPUT_COLUMNS, BatchRow, batch_convert
from sohoa_vietnam.units.convert import convert, convert_unit, predecessors
from sohoa_vietnam.units.errors import (
    BadQuestion,
    CodeWithoutDate,
    LocalityRowBroken,
    TableAltered,
    TableMissing,
)
from sohoa_vietnam.units.history import NameOnDate, Step, StepKind, chain, names_on
from sohoa_vietnam.units.locality import (
    LocalityMatch,
    LocalityTable,
    load_locality_table,
    parse_locality_table,
)
from sohoa_vietnam.units.lookup import (
    CodeCheck,
    Found,
    check,
    district_of,
    find,
    get,
    path_text,
    province_of,
)
from sohoa_vietnam.units.model import (
    Answer,
    Candidate,
    CodeSet,
    Decides,
    Edge,
    FormerName,
    Kind,
    Level,
    Relation,
    Residents,
    Status,
    Unit,
)
from sohoa_vietnam.units.tables import REORGANIZATION, Tables, tables

__all__ = [
    "OUTPUT_COLUMNS",
    "REORGANIZATION",
    "Answer",
    "BatchRow",
    "BadQuestion",
    "Candidate",
    "CodeCheck",
    "CodeSet",
    "CodeWithoutDate",
    "Decides",
    "Edge",
    "FormerName",
    "Found",
    "Kind",
    "Level",
    "LocalityMatch",
    "LocalityRowBroken",
    "LocalityTable",
    "NameOnDate",
    "Relation",
    "Residents",
    "Status",
    "Step",
    "StepKind",
    "TableAltered",
    "TableMissing",
    "Tables",
    "Unit",
    "batch_convert",
    "chain",
    "check",
    "convert",
    "convert_unit",
    "district_of",
    "find",
    "get",
    "load_locality_table",
    "names_on",
    "parse_locality_table",
    "path_text",
    "predecessors",
    "province_of",
    "tables",
]
