"""Errors of the law files: each names the file and the line of the rule."""

from __future__ import annotations

from sohoa_vietnam.messages import N_, VietnamError
from sohoa_vietnam.row_errors import RowBroken


class LawFileBroken(RowBroken):
    """A rule file cannot be used; the message says what is wrong with the rule on that line."""

    code = "law.file_broken"


class UnknownTopic(VietnamError):
    """No law file has that topic, or the topic has no such key."""

    code = "law.unknown_topic"
    message = N_("There is no law topic '{topic}'; there are: {known}")


class NoRuleInForce(VietnamError):
    """The topic has no rule for that date."""

    code = "law.no_rule"
    message = N_("No rule of '{topic}' is known for {date}")
