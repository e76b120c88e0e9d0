"""Settings -> access tokens, each used until shortly before it ends; the newest refresh token is never lost.

A provider may replace the refresh token at every use, and revoke the one before (RFC 6749, 6). So the newest one is
kept in the database, under a hash of the one in the settings: another one in the settings is another account. Of all
processes one at a time asks the provider, and the others take what it got.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

from poller.errors import ConfigurationError, Transient
from poller.settings import OAuthSettings

if TYPE_CHECKING:
    from poller.oauth2.provider import Granted

_MARGIN = 60  # seconds before its end from which a token is not used any more; half its life, if that is less
_log = logging.getLogger(__name__)


class Held(Protocol):
    """A secret in the database, which no other process reads or writes meanwhile."""

    value: bytes | None

    def replace(self, value: bytes) -> None: ...


Keeper = Callable[[str], AbstractContextManager[Held]]
"""The name of a secret -> that secret, held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """`until` is when the access token is not used any more, on the clock on the wall, which all processes share."""

    refresh_token: str
    access_token: str = ""
    until: float = 0

    @classmethod
    def read(cls, value: bytes | None, configured: str) -> _Kept:
        with suppress(ValueError, TypeError):  # as another version may have written it
            return cls(**json.loads(value or b""))
        return cls(refresh_token=configured)

    def written(self) -> bytes:
        return json.dumps(asdict(self)).encode()


class Tokens:
    """Of one account, for all threads of a process. `clock` is monotonic, in seconds."""

    def __init__(
        self, settings: OAuthSettings, clock: Callable[[], float] = time.monotonic, keeper: Keeper | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._keeper = keeper
        self._name = f"oauth2 {_hash(settings)}"
        self._lock = threading.RLock()
        self._token = ""
        self._refused = ""
        self._handed_out = 0
        self._expires = clock()
        self._newest = settings.refresh_token
        self._unkept: _Kept | None = None

    def make_ready(self) -> None:
        """So that a server need not wait for the provider. Errors as below."""
        with self._lock:
            self._keep_at_last()
            if self._clock() >= self._expires:
                self._renew()

    def access_token(self) -> str:
        """Raises Transient, or ConfigurationError where the provider refuses what was set."""
        with self._lock:
            self.make_ready()
            self._handed_out += 1
            return self._token

    def forget(self, token: str | None = None) -> bool:
        """The server refused it, however young it is: the next one is fetched anew. None means the present one.

        Whether the provider had given it for this very attempt, and its time was not over: another does no better.
        """
        with self._lock:
            if token not in {None, self._token}:
                return False
            is_fresh = self._handed_out == 1 and self._clock() < self._expires
            self._refused = self._token
            self._expires = self._clock()
            return is_fresh

    def another(self, refused: str) -> str | None:
        """After a refusal: a token that may do better. None where the provider had given it for this very attempt."""
        return None if self.forget(refused) else self.access_token()

    def _renew(self) -> None:
        if not self._settings.refresh_token:
            from poller.oauth2.provider import by_client_credentials  # noqa: PLC0415 - only where it is wanted

            self._take(by_client_credentials(self._settings))
        elif self._keeper is None:
            self._take(self._refreshed(self._newest))
        else:
            with self._keeper(self._name) as held:
                self._renew_kept(held)

    def _renew_kept(self, held: Held) -> None:
        kept = self._unkept or _Kept.read(held.value, self._settings.refresh_token)
        left = kept.until - time.time()
        if left > 0 and kept.access_token != self._refused:
            # Who got it has used it, too.
            self._token, self._handed_out, self._expires = kept.access_token, 1, self._clock() + left
            return
        # Before anything is asked: where nothing can be written, the only token that is still good would be lost.
        held.replace(kept.written())
        self._take(self._refreshed(kept.refresh_token))
        until = time.time() + self._expires - self._clock()
        self._unkept = _Kept(refresh_token=self._newest, access_token=self._token, until=until)
        try:
            held.replace(self._unkept.written())
        except (Transient, ConfigurationError) as error:
            _log.warning("the new refresh token cannot be kept now, and it is tried again: %s", error)
        else:
            self._unkept = None

    def _keep_at_last(self) -> None:
        """What could not be kept when it came."""
        if self._unkept and self._keeper:
            with suppress(Transient, ConfigurationError), self._keeper(self._name) as held:
                held.replace(self._unkept.written())
                self._unkept = None

    def _refreshed(self, newest: str) -> Granted:
        """By the newest refresh token, or where that is refused by the one in the settings."""
        from poller.oauth2.provider import RefusedGrantError, by_refresh_token  # noqa: PLC0415 - as above

        configured = self._settings.refresh_token
        try:
            return by_refresh_token(self._settings, newest)
        except RefusedGrantError:
            if newest == configured:
                raise
            return by_refresh_token(self._settings, configured)

    def _take(self, granted: Granted) -> None:
        self._token = granted.access_token
        self._newest = granted.refresh_token
        self._expires = self._clock() + granted.seconds - min(_MARGIN, granted.seconds / 2)
        self._handed_out = 0


def _hash(settings: OAuthSettings) -> str:
    account = f"{settings.token_url}\0{settings.client_id}\0{settings.refresh_token}"
    return hashlib.sha256(account.encode()).hexdigest()


class _All:
    """The sources of a process, and where they keep what they must not lose."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keeper: Keeper | None = None
        self._tokens: dict[OAuthSettings, Tokens] = {}

    def keep_with(self, keeper: Keeper | None) -> None:
        with self._lock:
            self._keeper = keeper
            self._tokens.clear()

    def tokens_for(self, settings: OAuthSettings) -> Tokens:
        with self._lock:
            if settings not in self._tokens:
                self._tokens[settings] = Tokens(settings, keeper=self._keeper)
            return self._tokens[settings]


_all = _All()
keep_with = _all.keep_with
"""From now on, new refresh tokens are kept with that keeper. Without one they last as long as the process."""
tokens_for = _all.tokens_for
"""The process's one source of that account's tokens."""
