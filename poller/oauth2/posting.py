"""A form -> the answer to it over HTTPS, in bounded time and size; a redirection is an answer, and not followed."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.reaching import connect

SECONDS = 30
_MAX_OCTETS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    text: str


def post(url: str, form: str) -> Answer:
    """Through a proxy where the environment names one. Raises Transient, or ConfigurationError about the certificate.

    Nothing is sent to a server whose certificate is not valid.
    """
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    request = Request(url, data=form.encode(), headers=headers)  # noqa: S310 - the settings take https alone
    with Deadline(SECONDS) as deadline:
        opener = build_opener(_Http(deadline), _Https(deadline), _NoRedirections())
        try:
            with _open(opener, request) as response:
                return _answer(response, deadline)
        except (URLError, OSError, HTTPException, ValueError) as error:
            raise _judged(url, error, deadline) from error
        finally:
            deadline.release()


def _open(opener: OpenerDirector, request: Request) -> HTTPResponse | HTTPError:
    try:
        response: HTTPResponse = opener.open(request, timeout=SECONDS)
    except HTTPError as error:
        return error  # it is the answer, too
    return response


def _answer(response: HTTPResponse | HTTPError, deadline: Deadline) -> Answer:
    octets = response.read(_MAX_OCTETS + 1)
    if deadline.passed:  # which to whoever reads is but the end of the answer
        raise TimeoutError
    if len(octets) > _MAX_OCTETS:
        raise ValueError(f"an answer of more than {_MAX_OCTETS} octets")
    return Answer(status=response.status or 0, text=octets.decode("utf-8", "replace"))


def _judged(url: str, error: Exception, deadline: Deadline) -> Exception:
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ConfigurationError(
            f"OAUTH2_TOKEN_URL: the certificate of {url} is not valid: {cause.verify_message}. Nothing was sent. "
            "Name its authority in SSL_CERT_FILE, if it is your own.",
        )
    late = deadline.passed or isinstance(cause, TimeoutError)
    why = f"no answer within {SECONDS} s" if late else str(cause) or type(cause).__name__
    return Transient(f"{url} gives no access token now: {why}")


class _NoRedirections(HTTPRedirectHandler):
    """Secrets go to the address that was set, and nowhere else."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401 - as the handler has it
        return None


class _Http(HTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        self._open = partial(_watched, HTTPConnection, deadline)
        super().__init__()

    def http_open(self, request: Request) -> HTTPResponse:
        return self.do_open(self._open, request)


class _Https(HTTPSHandler):
    def __init__(self, deadline: Deadline) -> None:
        self._open = partial(_watched, HTTPSConnection, deadline)
        self._tls = ssl.create_default_context()
        super().__init__()

    def https_open(self, request: Request) -> HTTPResponse:
        return self.do_open(self._open, request, context=self._tls)


def _watched(kind: Callable[..., HTTPConnection], deadline: Deadline, host: str, **options: Any) -> HTTPConnection:  # noqa: ANN401 - http.client's own
    """The deadline holds the socket from its first moment: a time-out counts from octet to octet only."""

    def reach(address: tuple[str, int], seconds: float, _source: object) -> socket.socket:
        return connect(*address, seconds, deadline)

    connection = kind(host, **options)
    connection._create_connection = reach  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public seam
    return connection
