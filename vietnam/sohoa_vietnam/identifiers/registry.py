"""Every reader by its kind, for callers that learn the kind from data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sohoa_vietnam.identifiers.agency_code import read_agency_code
from sohoa_vietnam.identifiers.card_qr import read_card_qr
from sohoa_vietnam.identifiers.document_number import read_document_number
from sohoa_vietnam.identifiers.dossier_code import read_dossier_code
from sohoa_vietnam.identifiers.insurance import read_health_card, read_social_insurance
from sohoa_vietnam.identifiers.land_certificate import read_land_certificate
from sohoa_vietnam.identifiers.paper_code import read_paper_code
from sohoa_vietnam.identifiers.personal import read_cmnd, read_personal_id
from sohoa_vietnam.identifiers.personal_papers import read_driving_licence, read_passport
from sohoa_vietnam.identifiers.procedure_code import read_field_code, read_procedure_code
from sohoa_vietnam.identifiers.result import Identifier, Kind
from sohoa_vietnam.identifiers.tax_code import read_tax_code

READERS: Mapping[Kind, Callable[..., Identifier]] = {
    Kind.PERSONAL: read_personal_id,
    Kind.CMND: read_cmnd,
    Kind.TAX_CODE: read_tax_code,
    Kind.SOCIAL_INSURANCE: read_social_insurance,
    Kind.HEALTH_CARD: read_health_card,
    Kind.PASSPORT: read_passport,
    Kind.DRIVING_LICENCE: read_driving_licence,
    Kind.LAND_CERTIFICATE: read_land_certificate,
    Kind.DOSSIER_CODE: read_dossier_code,
    Kind.PROCEDURE_CODE: read_procedure_code,
    Kind.PAPER_CODE: read_paper_code,
    Kind.FIELD_CODE: read_field_code,
    Kind.AGENCY_CODE: read_agency_code,
    Kind.CARD_QR: read_card_qr,
    Kind.DOCUMENT_NUMBER: read_document_number,
}


def read(kind: Kind, raw: Any, **context: Any) -> Identifier:
    """Read ``raw`` as an identifier of ``kind``; ``context`` goes to the kind's own reader."""
    return READERS[kind](raw, **context)
