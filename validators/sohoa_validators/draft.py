"""The draft of a procedure schema: every part once, with a word about what belongs there."""

from __future__ import annotations

import json
from datetime import date

from pydantic import ValidationError

from sohoa_validators.errors import SchemaFileRefused
from sohoa_validators.refusal import faults_of
from sohoa_validators.schema import Procedure
from sohoa_validators.yaml_lines import parse_yaml

_DRAFT = """\
# yaml-language-server: $schema=procedure.schema.json
schema: sohoa/procedure/1
code: {code}
name: {{vi: {name}, en: {name}}}
agency_level: commune            # central | province | commune | any
agency: Ủy ban nhân dân cấp xã
owner_roles: [requester]
complete: false                  # true when every component stands below
valid_from: {on}
source: Quyết định công bố thủ tục hành chính
checked: unverified              # verified | secondary | unverified
checked_on: {on}
facts:
  agent:
    type: bool
    assume: false
    question: {{vi: Có nộp qua người được ủy quyền không?, en: Does an agent file the dossier?}}
cases:
  - id: general
    name: {{vi: Trường hợp chung, en: General case}}
components:
  - id: declaration
    name: {{vi: Tờ khai, en: Declaration}}
    codes: [KQ000000]            # paper form and e-form of the same thing
    originals: 1
  - id: authorization
    name: {{vi: Văn bản ủy quyền, en: Authorization}}
    papers: [authorization]      # keys of papers
    required_when: {{value: fact.agent, is: true}}
  - id: identity
    name: {{vi: Giấy tờ tùy thân, en: Identity paper}}
    papers: [identity_paper]
    submission: show             # shown, not kept: never digitized
    digitize: I
results:
  - {{code: KQ.X00.000000, name: {{vi: Kết quả, en: Result}}}}
processing:
  - {{unit: working_day, amount: 3}}
open_points:
  - Everything here is a draft; compare it with the published decision.
"""


def draft_text(code: str, name: str, *, on: date) -> str:
    """The text of a draft; raises ``SchemaFileRefused`` for a code or name that cannot stand."""
    quoted = json.dumps(" ".join(name.split()), ensure_ascii=False)
    text = _DRAFT.format(code=json.dumps(code, ensure_ascii=False), name=quoted, on=on.isoformat())
    lined = parse_yaml(text.encode("utf-8", "replace"), f"{code[:20]}.yaml")
    try:
        Procedure.model_validate(lined.data)
    except ValidationError as error:
        raise SchemaFileRefused.of(faults_of(error, lined)) from error
    return text
