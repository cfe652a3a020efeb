"""Law as dated data: what applied on a date, and files that are refused with their line."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa_vietnam import law
from sohoa_vietnam.law.library import DATA
from sohoa_vietnam.messages import Checked

NOW = date(2026, 11, 21)


def value(topic: str, key: str, name: str, on: date = NOW):
    return law.rule(topic, key, on).values[name]


# --- the shipped law ---------------------------------------------------------------------------


def test_every_topic_is_cited_and_marked() -> None:
    topics = law.topics()
    assert {t.id for t in topics} == {p.stem for p in DATA.glob("*.toml")}
    assert len(topics) >= 13
    for topic in topics:
        assert topic.titled("vi") != topic.titled("en")
        for rule in law.rules(topic.id):
            assert rule.source and rule.values and rule.checked in Checked
            assert rule.topic == topic.id and rule.key in topic.keys
            assert not (rule.checked is Checked.UNVERIFIED and rule.valid_to), rule


@pytest.mark.parametrize(
    ("topic", "key", "name", "expected"),
    [
        ("scan-parameters", "paper", "min_dpi", 200),
        ("scan-parameters", "paper", "min_bits", 24),
        ("scan-parameters", "map_or_drawing", "min_dpi", 300),
        ("scan-parameters", "clerical_copy", "min_pdf_version", "1.4"),
        ("signature-marks", "digitizing_officer", "corner", "top-left"),
        ("signature-marks", "true_copy", "corner", "top-right"),
        ("signature-marks", "true_copy", "lines", ("form_of_copy", "agency_name", "signing_time")),
        ("signature-marks", "true_copy", "font_size", 10),
        ("signature-marks", "archive_digitization", "seal_image", False),
        ("signature-algorithms", "rsa", "min_bits", 2048),
        ("signature-algorithms", "ecdsa", "min_bits", 256),
        ("result-validity", "temporary_residence", "years", 2),
        ("result-validity", "marital_status", "months", 6),
        ("result-validity", "passport", "years_from_14", 10),
        ("result-validity", "identity_card", "exchange_at_ages", (14, 25, 40, 60)),
        ("digitize-classes", "A", "duty", "must"),
        ("digitize-classes", "H", "duty", "must_not"),
        ("reorganization", "unit_codes", "code_set", "gso-2025"),
        ("reorganization", "two_tiers", "communes", 3321),
    ],
)
def test_values_of_today(topic: str, key: str, name: str, expected) -> None:
    assert value(topic, key, name) == expected


def test_what_applied_before() -> None:
    before = date(2025, 6, 30)
    assert value("signature-marks", "archive_digitization", "seal_image", before) is True
    assert value("reorganization", "two_tiers", "districts", before) == 696
    assert value("reorganization", "unit_codes", "code_set", before) == "gso-2004"
    with pytest.raises(law.NoRuleInForce, match="scan-parameters/paper"):
        law.rule("scan-parameters", "paper", before)
    in_force = {r.key for r in law.on("instruments", before)}
    assert "TT-02-2019-BNV" in in_force and "TT-05-2025-BNV" not in in_force
    today = {r.key for r in law.on("instruments", NOW)}
    assert "TT-05-2025-BNV" in today and "TT-02-2019-BNV" not in today
    assert "TT-41-2017-BTTTT" not in today  # repealed six days before
    assert "TT-41-2017-BTTTT" in {r.key for r in law.on("instruments", date(2026, 11, 14))}
    assert "LUAT-HO-TICH-2026" not in today


def test_code_lists() -> None:
    def listed(topic: str, key: str, name: str = "codes") -> dict[str, str]:
        return {c["code"]: c["name_vi"] for c in value(topic, key, name)}

    status = listed("code-lists", "dossier_status")
    assert list(status) == [str(n) for n in range(1, 11)] and status["9"] == "Đã xử lý xong"
    types = listed("code-lists", "type_name")
    assert len(types) == 32 and types["32"] == "Khác" and types["22"] == "Công văn"
    assert [len(listed("code-lists", k)) for k in
            ("language", "maintenance", "mode", "confidence_level", "physical_format")] == [
        11, 7, 3, 3, 3]  # fmt: skip
    abbreviations = listed("document-types", "types", "types")
    assert len(abbreviations) == 27 and abbreviations["QĐ"] == "Quyết định"
    assert "GCN" not in abbreviations and set(listed("document-types", "copies", "types")) == {
        "SY", "TrS", "SL"}  # fmt: skip
    assert "".join(t.key for t in law.on("digitize-classes", NOW)) == "ABCDEFGHIK"


def test_metadata_widths() -> None:
    dossier = {f["key"]: f.get("width") for f in value("archive-metadata", "dossier", "fields")}
    assert len(dossier) == 18 and dossier["title"] == 1000 and dossier["description"] == 2000
    document = value("archive-metadata", "document", "fields")
    assert sum(f["key"] == "subject" and f["width"] == 500 for f in document) == 1
    minimum = {f["key"]: f["required"] for f in value("digitized-metadata", "fields", "fields")}
    assert len(minimum) == 9 and minimum["thoi_han_hieu_luc"] == "if_any"


def test_law_cannot_be_edited_in_memory_and_survives_a_worker() -> None:
    rule = law.rule("scan-parameters", "paper", NOW)
    for change in (
        lambda: rule.values.__setitem__("min_dpi", 1),
        lambda: rule.values.update(min_dpi=1),
        lambda: rule.values.pop("min_dpi"),
        lambda: rule.values.clear(),
    ):
        with pytest.raises(TypeError):
            change()
    again = pickle.loads(pickle.dumps(rule))
    assert again == rule and hash(again) == hash(rule)
    assert isinstance(law.rule("code-lists", "mode", NOW).values["codes"], tuple)


def test_unknown_topics_say_what_there_is() -> None:
    with pytest.raises(law.UnknownTopic, match="scan-parameters"):
        law.on("scan", NOW)
    with pytest.raises(law.UnknownTopic, match="map_or_drawing"):
        law.rule("scan-parameters", "papers", NOW)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_at_most_one_rule_a_key_on_any_day(day: date) -> None:
    for topic in law.topics():
        keys = [r.key for r in law.on(topic.id, day)]
        assert len(keys) == len(set(keys))
        assert law.on(topic.id, datetime(day.year, day.month, day.day, 23, tzinfo=UTC)) == law.on(
            topic.id, day
        )


# --- files of one's own ------------------------------------------------------------------------

HEAD = 'topic = "own-rule"\ntitle = "Own"\ntitle_vi = "Riêng"\n'
RULE = """
[[rule]]
valid_from = 2025-01-01
valid_to = 2025-12-31
source = "QĐ 1"
checked = "verified"
[rule.values]
n = 1
"""


def second(start: str) -> str:
    return RULE.replace("2025-12-31", "2026-12-31").replace("2025-01-01", start)


def test_a_topic_of_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(HEAD + "continuous = true\n" + RULE + second("2026-01-01"), encoding="utf-8")
    own = law.library().with_files([path])
    assert own.rule("own-rule", "", date(2026, 5, 1)).line == 14
    assert len(own.topics()) == len(law.topics()) + 1
    with pytest.raises(law.NoRuleInForce):
        own.rule("own-rule", "", date(2027, 1, 1))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (HEAD + RULE + second("2025-12-31"), 13, "overlaps the rule on line 5"),
        (
            HEAD + "continuous = true\n" + RULE + second("2026-02-01"),
            14,
            "nothing applies from 2025-12-31 to 2026-02-01",
        ),
        (HEAD + RULE.replace("valid_to = 2025-12-31\n", "") + second("2026-01-01"), 12, "overlaps"),
        (HEAD + RULE.replace("2025-12-31", "2024-12-31"), 5, "valid_to lies before"),
        (HEAD + RULE.replace("2025-01-01", '"2025-01-01"'), 5, "valid_from must be a date"),
        (HEAD + RULE.replace("2025-01-01", "2025-01-01T00:00:00"), 5, "must be a date"),
        (HEAD + RULE.replace('source = "QĐ 1"\n', ""), 5, "source is empty"),
        (HEAD + RULE.replace('"verified"', '"sure"'), 5, "checked must be"),
        (HEAD + RULE.replace("n = 1", ""), 5, "values are missing"),
        (HEAD + RULE.replace("source", "sources"), 5, "unknown field 'sources'"),
        (HEAD + "rules = 1\n" + RULE, 1, "unknown field 'rules'"),
        (HEAD + "n = \n" + RULE, 4, "Invalid value"),
        (HEAD + RULE.replace("2025-12-31", "2025-13-31"), 7, ""),
        (HEAD, 1, "must be written as [[rule]]"),
        (RULE, 1, "topic must be a name"),
        (HEAD.replace("own-rule", "../x") + RULE, 1, "topic must be a name"),
        (HEAD.replace('title_vi = "Riêng"\n', "") + RULE, 1, "title and title_vi"),
        (HEAD + 'rule = [{source = "s"}]\n', 1, "must be written as [[rule]]"),
        ("", 1, "topic must be a name"),
        ("[" * 5000, 1, ""),
    ],
)
def test_a_broken_file_names_the_line(text: str, line: int, said: str) -> None:
    with pytest.raises(law.LawFileBroken) as caught:
        law.parse_topic(text, "own.toml")
    assert caught.value.args_by_name["line"] == line
    assert said in str(caught.value) and "own.toml" in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_as_a_law_file(text: str) -> None:
    for candidate in (text, HEAD + RULE + text):
        try:
            law.parse_topic(candidate, "x.toml")
        except law.LawFileBroken as error:
            assert error.args_by_name["line"] >= 1


def test_unreadable_files(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    with pytest.raises(law.LawFileBroken):
        law.load_topic(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(law.LawFileBroken):
        law.load_topic(path)
    path.write_bytes(b"# " + b"x" * (4 * 1024 * 1024))
    with pytest.raises(law.LawFileBroken, match="larger"):
        law.load_topic(path)


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(0, 4000), st.integers(-3, 3))
def test_overlaps_and_gaps_are_seen_to_the_day(start: date, length: int, step: int) -> None:
    end = start + timedelta(days=length)
    other = end + timedelta(days=1 + step)
    text = HEAD + "continuous = true\n"
    text += RULE.replace("2025-01-01", str(start)).replace("2025-12-31", str(end))
    text += RULE.replace("2025-01-01", str(other)).replace("valid_to = 2025-12-31\n", "")
    if step == 0:
        assert len(law.parse_topic(text, "x")[1]) == 2
    elif other != start:
        with pytest.raises(law.LawFileBroken):
            law.parse_topic(text, "x")
