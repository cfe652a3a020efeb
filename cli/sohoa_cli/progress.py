"""The progress of a batch: count, rate, time left and failures so far; only on a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from sohoa_core.batch.runner import Progress
from sohoa_core.i18n import _


class ProgressLine:
    """One line on standard error, rewritten at most ten times a second.

    Structured first, rendered last: it takes :class:`sohoa_core.batch.runner.Progress` values.
    """

    def __init__(self, title: str, *, enabled: bool) -> None:
        self.title = title
        self.enabled = enabled and sys.stderr.isatty()
        self._started = time.monotonic()
        self._first: int | None = None
        self._shown = 0.0

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.enabled:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __call__(self, progress: Progress) -> None:
        """Show ``progress``."""
        if not self.enabled:
            return
        ended = progress.done + progress.failed + progress.review
        if self._first is None:
            self._first = ended
        now = time.monotonic()
        if now - self._shown < 0.1 and ended < progress.total:
            return
        self._shown = now
        sys.stderr.write("\r\x1b[K" + self.text(progress, now - self._started))
        sys.stderr.flush()

    def text(self, progress: Progress, seconds: float) -> str:
        """The line as it is shown ``seconds`` after the start."""
        ended = progress.done + progress.failed + progress.review
        here = ended - (self._first or 0)
        rate = here / seconds if seconds > 0 else 0.0
        left = (progress.total - ended) / rate if rate > 0 else None
        filled = 20 * ended // max(1, progress.total)
        parts = [
            self.title,
            "[" + "#" * filled + "." * (20 - filled) + "]",
            f"{ended}/{progress.total}",
            f"{rate:.1f}/s",
        ]
        if left is not None:
            parts.append(_("{time} left").format(time=_clock(left)))
        if progress.failed:
            parts.append(_("{count} failed").format(count=progress.failed))
        if progress.review:
            parts.append(_("{count} to review").format(count=progress.review))
        return "  ".join(parts)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
