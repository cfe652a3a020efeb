"""Which item of a dossier serves as which component or result of its procedure.

By code, else by document type, else by title. A title alone proves nothing, the same words head
different papers: such an item is counted, so that a paper which is there is not called missing,
and a person is asked to confirm it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sohoa_validators.catalogue import KnownPaper
from sohoa_validators.codes import same_code
from sohoa_validators.schema import Component, Procedure, ResultModel
from sohoa_validators.view import DossierView, ItemKind, ItemView
from sohoa_vietnam.text import match_key

#: A shorter title ("Đơn") says nothing.
SHORTEST_TITLE = 8


@dataclass(frozen=True)
class Assignment:
    """Items by component id, results by result code, component by item id, and what is left.

    ``by_title`` lists the items that were assigned by their title alone.
    """

    items: Mapping[str, tuple[ItemView, ...]]
    component_of: Mapping[str, Component]
    result_of: Mapping[str, ResultModel]
    unassigned: tuple[ItemView, ...]
    by_title: tuple[ItemView, ...]

    @property
    def renamed(self) -> dict[str, Mapping[str, str]]:
        """Roles of persons that a component or result renames, by item id."""
        parts: dict[str, Component | ResultModel] = {**self.component_of, **self.result_of}
        return {item: part.people for item, part in parts.items() if part.people}


def case_components(procedure: Procedure, case: str) -> tuple[Component, ...]:
    """The components that belong to a case (all when the case is not known)."""
    return tuple(c for c in procedure.components if not case or not c.cases or case in c.cases)


def assign(
    view: DossierView, procedure: Procedure, case: str, papers: Mapping[str, KnownPaper]
) -> Assignment:
    """Assign every item of ``view``; components of the case win over those of others.

    ``papers`` are the shipped papers by key; their names help to read titles.
    """
    own = case_components(procedure, case)
    taken_ids = {component.id for component in own}
    others = tuple(c for c in procedure.components if c.id not in taken_ids)
    items: dict[str, list[ItemView]] = {}
    component_of: dict[str, Component] = {}
    result_of: dict[str, ResultModel] = {}
    unassigned, by_title = [], []
    for item in view.items:
        if item.kind is ItemKind.RESULT:
            result = _result(item, procedure)
            if result is not None:
                result_of[item.id] = result
            continue
        component = _component(item, own, items) or _component(item, others, items)
        if component is None:
            component = _titled(item, own, items, papers)
            if component is None:
                unassigned.append(item)
                continue
            by_title.append(item)
        component_of[item.id] = component
        items.setdefault(component.id, []).append(item)
    frozen = {key: tuple(found) for key, found in items.items()}
    return Assignment(frozen, component_of, result_of, tuple(unassigned), tuple(by_title))


def _component(
    item: ItemView, components: tuple[Component, ...], taken: Mapping[str, list[ItemView]]
) -> Component | None:
    fits = []
    if item.code:
        fits = [c for c in components if any(same_code(item.code, code) for code in c.codes)]
    if not fits and item.doc_type:
        fits = [c for c in components if item.doc_type in c.papers]
    for component in fits:  # one paper type may serve several components: fill them in order
        if component.id not in taken:
            return component
    return fits[0] if fits else None


def _titled(
    item: ItemView,
    components: tuple[Component, ...],
    taken: Mapping[str, list[ItemView]],
    papers: Mapping[str, KnownPaper],
) -> Component | None:
    """The free component whose name, or a paper of which, the title begins with or equals."""
    title = match_key(item.title[:300])
    if item.doc_type in papers or len(title) < SHORTEST_TITLE:
        return None
    for component in components:
        if component.id in taken:
            continue
        names = [component.name.vi]
        for key in component.papers:
            if key in papers:
                names += [papers[key].paper.name.vi, *papers[key].paper.titles]
        for name in map(match_key, names):
            if title.startswith(name) or name.startswith(title):
                return component
    return None


def _result(item: ItemView, procedure: Procedure) -> ResultModel | None:
    if item.code:
        for result in procedure.results:
            if same_code(item.code, result.code):
                return result
    for result in procedure.results:
        if item.doc_type and result.paper == item.doc_type:
            return result
    return None
