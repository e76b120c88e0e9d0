"""What a server answers: its code and its text (RFC 5321, 4.2)."""

from __future__ import annotations

from dataclasses import dataclass

from poller.mail.fields.words import one_line

_LONGEST = 500
"""Characters of a text that are kept: some servers answer with a page."""


@dataclass(frozen=True, slots=True)
class Reply:
    code: int
    text: str

    @classmethod
    def read(cls, code: int, text: bytes | str) -> Reply:
        words = text if isinstance(text, str) else text.decode("utf-8", "replace")  # smtplib has both
        return cls(code, one_line(words)[:_LONGEST])

    @property
    def is_positive(self) -> bool:
        """2xx: done."""
        return self.code // 100 == 2  # noqa: PLR2004 - the first digit

    @property
    def is_final(self) -> bool:
        """5xx: the same again would be refused again."""
        return self.code // 100 == 5  # noqa: PLR2004 - the first digit

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip(" .")
