"""Read a free-text address into detail, commune, district and province.

Works from the right, where Vietnamese addresses have the province: every province name that
the text may end with, then every district of it that may stand before, then every commune of
that. Each way to read is priced by what speaks against it; readings within a narrow margin of
the best are all reported. Old forms (three levels), new forms (two levels since 1 July 2025),
mixed ones (old district under the new province) and former names are all tried.
"""

from __future__ import annotations

from datetime import date

from sohoa_vietnam.addresses.matching import Match, kind_before, matches
from sohoa_vietnam.addresses.model import Evidence, ParsedAddress, Reading
from sohoa_vietnam.addresses.near import near_names, segment_start
from sohoa_vietnam.addresses.scan import Token, clean, scan
from sohoa_vietnam.messages import N_, Problem, Severity
from sohoa_vietnam.units.lookup import DateLike, day
from sohoa_vietnam.units.model import CodeSet, Level, Status, Unit
from sohoa_vietnam.units.names import (
    COMMUNE_KINDS,
    DISTRICT_KINDS,
    PROVINCE_KINDS,
    Entry,
    NameIndex,
    name_index,
)
from sohoa_vietnam.units.tables import OLD_END, Tables, tables

#: Readings this much dearer than the best still count as rivals.
MARGIN = 2
MAX_ALTERNATIVES = 12

COST = {
    Evidence.EXACT: 0,
    Evidence.BARE: 1,
    Evidence.ACCENTS: 8,
    Evidence.KIND_MISSING: 2,
    Evidence.KIND_DIFFERS: 6,
    Evidence.FORMER_NAME: 4,
    Evidence.NO_DISTRICT: 5,
    Evidence.NO_PROVINCE: 8,
    Evidence.NO_COMMUNE: 12,
    Evidence.PROVINCE_AFTER_MERGER: 1,
    Evidence.BARE_NUMBER: 3,
    Evidence.SOME_ACCENTS: 4,
    Evidence.ATTACHED: 3,
    Evidence.MISSPELLED: 14,
    Evidence.DATE_DISAGREES: 6,
}
#: A reading of more levels explains more of the text than one that calls the rest "detail".
_LEVEL_BONUS = 6


class _Parser:
    """One address against one set of tables; collects priced readings."""

    def __init__(self, held: Tables, text: str, tokens: list[Token], as_of: date | None) -> None:
        self.held = held
        self.index: NameIndex = name_index(held)
        self.text = text
        self.tokens = tokens
        self.as_of = as_of
        self.accented = any(t.word.mark != t.word.bare for t in tokens)
        self.found: dict[tuple[str, str, str, str], tuple[int, _Found]] = {}

    def run(self) -> None:
        """Collect every reading: with a province first, else by district, else by commune."""
        end = len(self.tokens)
        for code_set in (CodeSet.GSO_2004, CodeSet.GSO_2025):
            for match in matches(self.tokens, self.index.provinces(code_set), end, PROVINCE_KINDS):
                if code_set is CodeSet.GSO_2004:
                    self._old_province(match)
                else:
                    self._new_province(match)
        if not any(f.commune or f.district for _, f in self.found.values()):
            self._without_province(end)

    def _add(
        self,
        form: CodeSet,
        province: Match | None,
        district: Match | None,
        commune: Match | None,
        *extra: Evidence,
    ) -> None:
        parts = [m for m in (commune, district, province) if m is not None]
        evidence: list[Evidence] = [e for m in parts for e in m.evidence]
        evidence += extra
        if self.accented and Evidence.BARE in evidence:
            evidence = [Evidence.SOME_ACCENTS if e is Evidence.BARE else e for e in evidence]
        if commune is None:
            evidence.append(Evidence.NO_COMMUNE)
        elif commune.kinds is None and commune.start and self.tokens[commune.start].apart < 2:
            evidence.append(Evidence.ATTACHED)
        if self.as_of is not None and (self.as_of <= OLD_END) != (form is CodeSet.GSO_2004):
            evidence.append(Evidence.DATE_DISAGREES)
        cost = sum(COST[e] for e in evidence) - _LEVEL_BONUS * (len(parts) - 3)
        place = (
            form.value,
            commune.entry.code if commune else "",
            district.entry.code if district else "",
            province.entry.code if province else "",
        )
        before = self.found.get(place)
        if before is None or cost < before[0]:
            outer = min(m.outer for m in parts)
            self.found[place] = (
                cost,
                _Found(form, province, district, commune, outer, tuple(evidence)),
            )

    def _old_province(self, province: Match) -> None:
        code = province.entry.code
        self._add(CodeSet.GSO_2004, province, None, None)
        self._districts(province, code)
        names = self.index.old_in(code)
        for commune in matches(self.tokens, names, province.outer, COMMUNE_KINDS):
            self._add(CodeSet.GSO_2004, province, None, commune, Evidence.NO_DISTRICT)

    def _districts(self, province: Match | None, code: str, *extra: Evidence) -> None:
        end = province.outer if province else len(self.tokens)
        names = self.index.districts(code) if code else self.index.all_districts()
        for district in matches(self.tokens, names, end, DISTRICT_KINDS):
            self._add(CodeSet.GSO_2004, province, district, None, *extra)
            self._communes(province, district, *extra)

    def _communes(self, province: Match | None, district: Match, *extra: Evidence) -> None:
        for names in (
            self.index.communes(district.entry.code),
            self.index.former(district.entry.code),
        ):
            for commune in matches(self.tokens, names, district.outer, COMMUNE_KINDS):
                self._add(CodeSet.GSO_2004, province, district, commune, *extra)

    def _new_province(self, province: Match) -> None:
        code = province.entry.code
        self._add(CodeSet.GSO_2025, province, None, None)
        names = self.index.new_in(code)
        for commune in matches(self.tokens, names, province.outer, COMMUNE_KINDS):
            self._add(CodeSet.GSO_2025, province, None, commune)
        if any(f.commune and f.district for _, f in self.found.values()):
            return  # read in full under the old province of that name
        own = {
            m.code
            for m in self.index.provinces(CodeSet.GSO_2004).get(
                "".join(t.word.key for t in self.tokens[province.start : province.end]), ()
            )
        }
        for old in self.index.old_provinces(code):
            if old not in own:
                merged = Match(
                    Entry(
                        CodeSet.GSO_2004,
                        Level.PROVINCE,
                        old,
                        None,
                        province.entry.name,
                        "",
                    ),
                    province.start,
                    province.end,
                    province.outer,
                    province.kinds,
                    province.evidence,
                )
                self._districts(merged, old, Evidence.PROVINCE_AFTER_MERGER)
                for commune in matches(
                    self.tokens, self.index.old_in(old), province.outer, COMMUNE_KINDS
                ):
                    self._add(
                        CodeSet.GSO_2004,
                        merged,
                        None,
                        commune,
                        Evidence.PROVINCE_AFTER_MERGER,
                        Evidence.NO_DISTRICT,
                    )

    def _without_province(self, end: int) -> None:
        self._districts(None, "", Evidence.NO_PROVINCE)
        if any(f.commune for _, f in self.found.values()):
            return
        for code_set in CodeSet:
            for province in self.index.province_codes(code_set):
                names = (
                    self.index.old_in(province)
                    if code_set is CodeSet.GSO_2004
                    else self.index.new_in(province)
                )
                for commune in matches(self.tokens, names, end, COMMUNE_KINDS):
                    lacks = [Evidence.NO_PROVINCE]
                    if code_set is CodeSet.GSO_2004:
                        lacks.append(Evidence.NO_DISTRICT)
                    self._add(code_set, None, None, commune, *lacks)

    def district_twins(self, rivals: list[tuple[int, _Found]]) -> list[tuple[int, _Found]]:
        """Old districts that the name of a new commune may mean: ``Hai Bà Trưng, Hà Nội`` is the
        ward of 2025 or, with the ward left out, the district that ended. No word says which."""
        twins = []
        for _, found in rivals:
            commune = found.commune
            if found.form is CodeSet.GSO_2004 or commune is None or commune.kinds is not None:
                continue
            for pair in self.found.values():
                district = pair[1].district
                if district is None or pair[1].commune is not None:
                    continue
                if (district.start, district.end, district.kinds) == (
                    commune.start,
                    commune.end,
                    None,
                ):
                    twins.append(pair)
        return twins

    def near(self, found: _Found) -> list[_Found]:
        """The communes that a misread name before a recognized district or province may be."""
        outer = found.district or found.province
        if outer is None or found.commune is not None:
            return []
        if found.district is not None:
            names = self.index.communes(found.district.entry.code)
        elif found.form is CodeSet.GSO_2025 and outer is found.province:
            names = self.index.new_in(outer.entry.code)
        else:
            return []
        end = outer.outer
        after = None
        for start in range(end - 1, max(0, end - 6), -1):
            before = kind_before(self.tokens, start)
            if before is not None and before[1] & COMMUNE_KINDS:
                after = start
                break
        begin = segment_start(self.tokens, end, after)
        if begin is None:
            return []
        given = self.text[self.tokens[begin].start : self.tokens[end - 1].end]
        entries = {e.code: e for listed in names.values() for e in listed}.values()
        kind = kind_before(self.tokens, begin)
        found_near = []
        for _, entry in near_names(given, entries):
            match = Match(
                entry,
                begin,
                end,
                kind[0] if kind else begin,
                kind[1] if kind else None,
                (Evidence.MISSPELLED,),
            )
            parts = [m for m in (found.district, found.province) if m is not None]
            evidence = (Evidence.MISSPELLED, *(e for m in parts for e in m.evidence))
            found_near.append(
                _Found(found.form, found.province, found.district, match, match.outer, evidence)
            )
        return found_near

    def reading(self, found: _Found) -> Reading:
        """A priced finding as the frozen object that callers get."""
        held = self.held
        cost = sum(COST[e] for e in found.evidence)
        form = found.form

        def unit(match: Match | None, level: Level) -> Unit | None:
            if match is None:
                return None
            states = held.units(form, level, match.entry.code)
            return states[-1] if states else None

        commune = unit(found.commune, Level.COMMUNE)
        district = unit(found.district, Level.DISTRICT)
        province = unit(found.province, Level.PROVINCE)
        below = commune or district
        if below is not None:
            if district is None and commune is not None and commune.district_code:
                district = held.units(form, Level.DISTRICT, commune.district_code)[0]
            if province is None or province.code != below.province_code:
                province = held.units(form, Level.PROVINCE, below.province_code)[-1]
        former = None
        if found.commune is not None and found.commune.entry.former_row is not None:
            former = held.former_name(found.commune.entry.former_row)
        start = self.tokens[found.outer].start
        detail = self.text[:start].strip(" \t\r\n,;.|-–—:/")
        return Reading(
            form,
            detail,
            commune,
            district,
            province,
            cost,
            found.evidence or (Evidence.EXACT,),
            former,
        )


class _Found:
    """A reading before it becomes an object: most are dropped, so objects are made late."""

    __slots__ = ("commune", "district", "evidence", "form", "outer", "province")

    def __init__(
        self,
        form: CodeSet,
        province: Match | None,
        district: Match | None,
        commune: Match | None,
        outer: int,
        evidence: tuple[Evidence, ...],
    ) -> None:
        self.form = form
        self.province = province
        self.district = district
        self.commune = commune
        self.outer = outer
        self.evidence = evidence


def parse_address(
    text: str, *, as_of: DateLike = None, source: Tables | None = None
) -> ParsedAddress:
    """Read an address. ``as_of`` (the date of the paper) settles which list it was written for.

    Never raises for any text: what cannot be read comes back with status ``none`` and a
    problem. Two readings that are equally good are both returned, and none is chosen.
    """
    held = source or tables()
    when = day(as_of, "as_of")
    cleaned, cut = clean(text)
    problems: list[Problem] = []
    if cut:
        problems.append(
            Problem(
                "address.too_long",
                Severity.WARNING,
                N_("The text is longer than an address; only its last {limit} characters count"),
                {"limit": len(cleaned)},
            )
        )
    tokens = scan(cleaned)
    if not tokens:
        problems.append(Problem("address.empty", Severity.ERROR, N_("The address holds no words")))
        return ParsedAddress(text, Status.NONE, None, (), tuple(problems))
    parser = _Parser(held, cleaned, tokens, when)
    parser.run()
    ranked = sorted(parser.found.values(), key=lambda pair: pair[0])
    if not ranked:
        problems.append(
            Problem(
                "address.not_recognized",
                Severity.ERROR,
                N_("No province, district or commune was recognized in the address"),
            )
        )
        return ParsedAddress(text, Status.NONE, None, (), tuple(problems))
    best = ranked[0][0]
    rivals = [pair for pair in ranked if pair[0] <= best + MARGIN]
    ranks = {_depth(found) for _, found in rivals}
    if len(ranks) > 1:  # "Hà Nội" is not a rival of "Phúc Xá, Ba Đình, Hà Nội"
        deepest = max(ranks)
        rivals = [pair for pair in rivals if _depth(pair[1]) == deepest]
    if when is None or when <= OLD_END:
        rivals += parser.district_twins(rivals)
    if not any(found.commune for _, found in rivals):
        similar = [near for _, found in rivals for near in parser.near(found)]
        if similar:
            problems.append(
                Problem(
                    "address.misspelled",
                    Severity.REVIEW,
                    N_("No commune has this name here; {count} have a similar one"),
                    {"count": len(similar)},
                )
            )
            shown = tuple(parser.reading(found) for found in similar[:MAX_ALTERNATIVES])
            return ParsedAddress(text, Status.SEVERAL, None, shown, tuple(problems))
    if _depth(rivals[0][1]) == 0 and _same_province(held, rivals):
        rivals = [max(rivals, key=lambda pair: pair[1].form)]  # as it is called now
    if len(rivals) == 1 or _same_place(rivals):
        reading = parser.reading(rivals[0][1])
        others = [p for p in ranked if p[1] is not rivals[0][1]][:3]
        # Objects for alternatives only where they are near: most texts have none.
        near = tuple(parser.reading(p[1]) for p in others if p[0] <= best + 3 * MARGIN)
        return ParsedAddress(text, Status.ONE, reading, near, tuple(problems))
    problems.append(
        Problem(
            "address.ambiguous",
            Severity.REVIEW,
            N_("The address can be read in {count} ways that are equally good"),
            {"count": len(rivals)},
        )
    )
    readings = tuple(parser.reading(pair[1]) for pair in rivals[:MAX_ALTERNATIVES])
    return ParsedAddress(text, Status.SEVERAL, None, readings, tuple(problems))


def _depth(found: _Found) -> int:
    return 2 if found.commune else 1 if found.district else 0


def _same_province(held: Tables, rivals: list[tuple[int, _Found]]) -> bool:
    """Whether all rivals are one province before and after July 2025."""
    now = set()
    for _, found in rivals:
        if found.province is None:
            return False
        code = found.province.entry.code
        old = found.form is CodeSet.GSO_2004
        now.add(held.new_province_of[code] if old else code)
    return len(now) == 1


def _same_place(rivals: list[tuple[int, _Found]]) -> bool:
    """Whether all rivals are the same commune (with and without its district, say)."""
    first = rivals[0][1]
    if first.commune is None:
        return False
    return all(
        f.form is first.form
        and f.commune is not None
        and f.commune.entry.code == first.commune.entry.code
        for _, f in rivals
    )
