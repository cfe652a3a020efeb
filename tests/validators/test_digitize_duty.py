"""Must, must not, may: the classes A to K, and that a ban wins over a duty."""

import pytest

from sohoa_validators.digitize_duty import digitize_duty
from sohoa_validators.schema import Bilingual, Component
from sohoa_validators.view import ItemKind, ItemView, PaperForm, Reuse, Submission

ORIGINAL, COPY = PaperForm.ORIGINAL, PaperForm.COPY


def part(digitize: str | None = None, **given: object) -> Component:
    name = Bilingual(vi="Giấy", en="Paper")
    data = {"id": "part", "name": name, "codes": ("G15-KQ003204",), "digitize": digitize, **given}
    return Component.model_validate(data)


def item(form: PaperForm = ORIGINAL, **given: object) -> ItemView:
    return ItemView("x", form=form, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("paper", "component", "duty", "digitize_class"),
    [
        (item(), part("A"), "MUST", "A"),
        (item(), part("B"), "MUST", "B"),
        (item(), part("C"), "MUST", "C"),
        (item(), part("D"), "MUST", "D"),
        (item(kind=ItemKind.RESULT), None, "MUST", "E"),
        (item(), part(), "MAY", "F"),
        (item(on_request=True), None, "MAY", "F"),
        (item(shared_data=True), part("A"), "MUST_NOT", "G"),
        (item(reuse=Reuse.FROM_RESULT), part("A"), "MUST_NOT", "G"),
        (item(COPY), part("A"), "MUST_NOT", "H"),
        (item(PaperForm.CERTIFIED_COPY), part("A"), "MUST_NOT", "H"),
        (item(PaperForm.ELECTRONIC_CERTIFIED_COPY), part("A"), "MAY", ""),
        (item(submission=Submission.SHOW), part("A"), "MUST_NOT", "I"),
        (item(), part("I", submission="show"), "MUST_NOT", "I"),
        (item(secret=True, kind=ItemKind.RESULT), None, "MUST_NOT", "K"),
        (item(PaperForm.UNSTATED), part("A"), "UNKNOWN", "A"),
        (item(PaperForm.UNSTATED), part(), "MAY", "F"),
    ],
)
def test_classes(
    paper: ItemView, component: Component | None, duty: str, digitize_class: str
) -> None:
    answer = digitize_duty(paper, component)
    assert (answer.duty, answer.digitize_class) == (duty, digitize_class)
    assert answer.basis and answer.branch


def test_what_the_agency_listed_must_be_digitized() -> None:
    listed = frozenset({"000.00.00.G15-KQ003204"})
    assert digitize_duty(item(), part(), listed=listed).digitize_class == "C"
    assert digitize_duty(item(COPY), part(), listed=listed).duty == "MUST_NOT"


def test_opinions_must_and_refusals_need_not() -> None:
    assert digitize_duty(item(), opinion=True).digitize_class == "D"
    refusal = digitize_duty(item(kind=ItemKind.RESULT), right_granting=False)
    assert refusal.duty == "MAY"
