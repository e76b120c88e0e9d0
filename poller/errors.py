"""The two ways in which work stops: later, and misconfigured.

A message that is refused is neither: it is a `Reason` (`poller.filing.reasons`).
"""


class Transient(Exception):  # noqa: N818 - it is a condition that passes, not an error in anything
    """Later: the network, the database or the disk does not answer now. Nothing was decided; it is tried again."""


class LoginRefused(Transient):
    """A server does not let this user in with this password. Trying often may lock the account."""


class ConfigurationError(Exception):
    """Misconfigured: only the administrator can mend it. `problems` holds one sentence each, with the key to change."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
