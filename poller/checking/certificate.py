"""What is wrong with a server's certificate, and what to do about it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

_OTHER_NAME = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_NOT_YET, _EXPIRED = 9, 10
_UNKNOWN = "its authority is unknown to this machine"
_TRUST_IT = "SSL_CERT_FILE=/path/of/its/authority.pem in the environment, if you trust it"


@dataclass(frozen=True, slots=True)
class Advice:
    """What was found there, as a sentence's end or "", and what to do about it."""

    found: str
    remedy: str


Ready: TypeAlias = Callable[[], AbstractContextManager[socket.socket]]
"""A new connection, on which TLS is to begin."""


def advice_on_certificate(key: str, host: str, ready: Ready) -> Advice | None:
    """None where it is valid. `key` is the setting that names the host. Raises OSError where there is no TLS."""
    error = _refusal(ssl.create_default_context(), host, ready)
    if error is None:
        return None
    if error.verify_code in _OTHER_NAME:
        return _other_name(key, _names(ssl.create_default_context(), host, ready))
    if error.verify_code == _EXPIRED:
        return Advice("", "renew the server's certificate: it has expired")
    if error.verify_code == _NOT_YET:
        return Advice("", "set this machine's clock (timedatectl set-ntp true), or wait: it is not valid yet")
    return _unknown_authority(key, host, ready)


def _refusal(context: ssl.SSLContext, host: str, ready: Ready) -> ssl.SSLCertVerificationError | None:
    try:
        with ready() as line, context.wrap_socket(line, server_hostname=host):
            return None
    except ssl.SSLCertVerificationError as error:
        return error


def _other_name(key: str, names: tuple[str, ...]) -> Advice:
    if not names:
        return Advice("", f"{key}=… with a name that is in the certificate")
    return Advice(f"it is for {', '.join(names)}", f"{key}={names[0]}")


def _unknown_authority(key: str, host: str, ready: Ready) -> Advice:
    """Whose name it is for is worth knowing too: looked at as if it were trusted itself, and nothing is said to it."""
    with suppress(OSError):
        itself = _trusting(host, ready)
        error = _refusal(itself, host, ready)
        if error and error.verify_code in _OTHER_NAME:
            other = _other_name(key, _names(itself, host, ready))
            return Advice(", and ".join(filter(None, (_UNKNOWN, other.found))), f"{other.remedy}, and {_TRUST_IT}")
    return Advice(_UNKNOWN, _TRUST_IT)


def _trusting(host: str, ready: Ready) -> ssl.SSLContext:
    """A context for which the server's own certificate is an authority."""
    anything = ssl.create_default_context()
    anything.check_hostname = False
    anything.verify_mode = ssl.CERT_NONE
    with ready() as line, anything.wrap_socket(line, server_hostname=host) as secured:
        octets = secured.getpeercert(binary_form=True) or b""
    context = ssl.create_default_context(cadata=ssl.DER_cert_to_PEM_cert(octets))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _names(context: ssl.SSLContext, host: str, ready: Ready) -> tuple[str, ...]:
    context.check_hostname = False
    with ready() as line, context.wrap_socket(line, server_hostname=host) as secured:
        # typeshed has one type for all of its entries.
        certificate: Any = secured.getpeercert() or {}
    return tuple(name for kind, name in certificate.get("subjectAltName", ()) if kind in {"DNS", "IP Address"})
