"""Views from plain data: short forms, and refusals that name the place."""

import pytest

from sohoa_core.facts import Source
from sohoa_validators.errors import DossierDataWrong
from sohoa_validators.view import PaperForm
from sohoa_validators.view_data import dossier_from_data

BASE = {"code": "x", "procedure": "1.001193"}


def test_short_forms() -> None:
    item = {"id": "a", "form": "copy", "pages": 2, "fields": {"ho_ten": "Lê An"}}
    view = dossier_from_data({**BASE, "items": [item]})
    assert view.items[0].form is PaperForm.COPY
    assert [page.number for page in view.items[0].pages] == [1, 2]
    fact = view.items[0].fields["ho_ten"]
    assert (fact.name, fact.value, fact.source) == ("ho_ten", "Lê An", Source.PERSON)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], "(top)"),
        ({"code": "x"}, "(top)"),
        ({**BASE, "itms": []}, "(top)"),
        ({**BASE, "items": [{"id": "a", "form": "fax"}]}, "items.0.form"),
        ({**BASE, "items": [{"id": 5}]}, "items.0.id"),
        ({**BASE, "items": [{"id": "a", "pages": -1}]}, "items.0.pages"),
        ({**BASE, "items": [{"id": "a", "fields": {"x": {"valu": ""}}}]}, "items.0.fields.x"),
        ({**BASE, "status": True}, "status"),
        ({**BASE, "owner": "Lê An"}, "owner"),
        ({**BASE, "facts": {"a": []}}, "facts.a"),
    ],
)
def test_wrong_data_is_refused_by_place(data: object, place: str) -> None:
    with pytest.raises(DossierDataWrong) as caught:
        dossier_from_data(data)
    assert caught.value.args_by_name["place"] == place
    assert caught.value.exit_code == 10
