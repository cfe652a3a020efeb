"""Law as dated data: ``law.topics()``, ``law.on(topic, date)``, ``law.rule(topic, key, date)``."""

from datetime import date

from sohoa_vietnam.law.errors import LawFileBroken, NoRuleInForce, UnknownTopic
from sohoa_vietnam.law.library import Law, library, load_topic, parse_topic
from sohoa_vietnam.law.model import Rule, Topic, Values


def topics() -> tuple[Topic, ...]:
    """Every shipped topic."""
    return library().topics()


def on(topic: str, when: date) -> tuple[Rule, ...]:
    """The shipped rules of a topic that applied on a date; raises :class:`UnknownTopic`."""
    return library().on(topic, when)


def rule(topic: str, key: str, when: date) -> Rule:
    """The one shipped rule of a key on a date; raises when there is none."""
    return library().rule(topic, key, when)


def rules(topic: str) -> tuple[Rule, ...]:
    """All shipped rules of a topic, past and present."""
    return library().rules(topic)


__all__ = [
    "Law",
    "LawFileBroken",
    "NoRuleInForce",
    "Rule",
    "Topic",
    "UnknownTopic",
    "Values",
    "library",
    "load_topic",
    "on",
    "parse_topic",
    "rule",
    "rules",
    "topics",
]
