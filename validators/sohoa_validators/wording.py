"""Findings and verdicts in words: the closed vocabularies of their arguments, in two languages.

A finding carries codes (``mother``, ``event_revoked``); :func:`say` puts them into words of the
language that is shown. Names of papers, components and fields stay Vietnamese: they are names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sohoa_core.i18n import N_, active, translate

_ROLES = {
    "requester": N_("requester"),
    "child": N_("child"),
    "mother": N_("mother"),
    "father": N_("father"),
    "husband": N_("husband"),
    "wife": N_("wife"),
    "deceased": N_("deceased"),
    "subject": N_("person concerned"),
    "holder": N_("holder"),
    "land_user": N_("land user"),
    "transferee": N_("transferee"),
    "principal": N_("principal"),
    "agent": N_("agent"),
    "householder": N_("householder"),
}
_STATES = {
    "VALID": N_("in force"),
    "EXPIRED": N_("expired"),
    "REVOKED": N_("revoked"),
    "SUPERSEDED": N_("superseded"),
    "UNKNOWN": N_("not known"),
    "COMPLETE": N_("complete"),
    "INCOMPLETE": N_("incomplete"),
    "MUST": N_("must be digitized"),
    "MUST_NOT": N_("must not be digitized"),
    "MAY": N_("may be digitized"),
    "EQUIVALENT": N_("has the value of the paper"),
    "NOT_EQUIVALENT": N_("does not have the value of the paper"),
    "READY": N_("ready for the archive"),
    "NOT_READY": N_("not ready for the archive"),
}
_BRANCHES = {
    "event_revoked": N_("it was revoked"),
    "event_cancelled": N_("it was cancelled"),
    "event_replaced": N_("it was replaced"),
    "event_marital_status_changed": N_("the marital status changed"),
    "event_ended": N_("the activity ended"),
    "event_without_date": N_("an event is recorded without its date"),
    "stated_end": N_("by the end that it states"),
    "term_from_issue": N_("by its term from the day of issue"),
    "greatest_term": N_("by the longest possible term"),
    "term_by_class": N_("by the term of its class"),
    "term_by_age": N_("by the term for the holder's age"),
    "until_age": N_("until the age of exchange"),
    "indefinite": N_("without limit in time"),
    "newer_result": N_("a newer result exists"),
    "issued_in_future": N_("the day of issue is still to come"),
    "issue_date_unknown": N_("the day of issue is not known"),
    "issue_date_imprecise": N_("the day of issue is not known exactly"),
    "end_not_stated": N_("its end is not in the records"),
    "printed_term": N_("within the term that it states"),
    "printed_term_open": N_("the term that it states is over or was not read as a date"),
    "facts_missing": N_("facts that its term depends on are missing"),
    "no_rule_for_this_paper": N_("no rule is known for this paper"),
    "unverified_term": N_("its term rests on an unverified source"),
    "parts_missing": N_("parts are missing"),
    "question_open": N_("a question is open"),
    "schema_incomplete": N_("the schema does not list every component"),
    "too_many_of_a_group": N_("there are too many papers of one group"),
    "all_parts_there": N_("all parts are there"),
    "procedure_unknown": N_("the procedure is not known"),
    "state_secret": N_("it is a state secret"),
    "only_shown": N_("it is only shown"),
    "photocopy": N_("it is a photocopy"),
    "certified_copy": N_("it is a certified copy"),
    "data_shared": N_("its data is already shared"),
    "already_electronic": N_("it is already electronic"),
    "opinion_of_agency": N_("it is the opinion of an agency that took part"),
    "on_request": N_("at the owner's request"),
    "no_duty": N_("no rule demands it"),
    "form_not_stated": N_("original or copy was not stated"),
    "result": N_("it is a result"),
    "earlier_result": N_("it is the result of an earlier procedure"),
    "schema_class": N_("the schema demands it"),
    "listed_by_agency": N_("the agency listed it"),
}
_CONDITIONS = {
    "integrity": N_("integrity"),
    "readable": N_("readable and with text"),
    "mark_in_words": N_("mark of conversion in words"),
    "conversion_time": N_("time of conversion"),
    "converter_name": N_("name of the converter"),
    "agency_signature": N_("digital signature of the agency"),
}
_DATES = {
    "received_on": N_("day of reception"),
    "due_on": N_("due date"),
    "finished_on": N_("day of completion"),
    "birth_date": N_("owner's date of birth"),
    "today": N_("day of the check"),
}
_QUESTIONS = {
    "complete": N_("Complete?"),
    "digitize": N_("To be digitized?"),
    "still_valid": N_("Still in force?"),
    "equal_to_paper": N_("Equal to the paper?"),
    "archival": N_("Ready for the archive?"),
}

#: The argument that carries the Vietnamese text of a message that is in no catalogue.
VI = "message_vi"

#: Arguments whose values are codes of a closed vocabulary.
VOCABULARIES: Mapping[str, Mapping[str, str]] = {
    "role": _ROLES,
    "state": _STATES,
    "branch": _BRANCHES,
    "condition": _CONDITIONS,
    "which": _DATES,
    "earlier": _DATES,
    "later": _DATES,
}


def say(message: str, args: Mapping[str, Any], lang: str | None = None) -> str:
    """The text of a finding in ``lang`` (the active language by default); never raises."""
    spoken = {}
    for name, value in args.items():
        words = VOCABULARIES.get(name, {}).get(value) if isinstance(value, str) else None
        spoken[name] = translate(words, lang) if words is not None else value
    template = translate(message, lang)
    own = args.get(VI)
    if isinstance(own, str) and (lang or active()) == "vi":
        template = own
    try:
        return template.format(**spoken)
    except (KeyError, IndexError, ValueError):  # a template must never hide its finding
        return template


def say_question(question: str, lang: str | None = None) -> str:
    """What a verdict answers, in words."""
    return translate(_QUESTIONS.get(question, question), lang)


def say_answer(answer: str, branch: str, lang: str | None = None) -> str:
    """The answer of a verdict in words, with the branch that fired."""
    answered = translate(_STATES.get(answer, answer), lang)
    words = _BRANCHES.get(branch)
    reason = f" ({translate(words, lang)})" if words is not None else ""
    return f"{answered}{reason}"


def say_verdict(question: str, answer: str, branch: str, lang: str | None = None) -> str:
    """A verdict in words: question, answer and the branch that fired."""
    return f"{say_question(question, lang)} {say_answer(answer, branch, lang)}"
