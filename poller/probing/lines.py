"""Settings as they are, and as a probe shows that they should be -> lines of the env file. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from poller.settings.model import AuthSettings
from poller.settings.providers import PRESETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A key, what it should be, and what it is; "" is the default."""

    key: str
    value: str
    now: str

    @property
    def differs(self) -> bool:
        return self.value != self.now

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


def lines_of(
    now: AuthSettings, proposed: AuthSettings, headers_now: Sequence[str], headers: Sequence[str]
) -> Iterator[Line]:
    """Those that are set, or should be: what comes with MAIL_PROVIDER needs no line."""
    was, wanted = _texts(now), _texts(proposed)
    if tuple(headers) != tuple(headers_now):
        was["RECIPIENT_HEADERS"], wanted["RECIPIENT_HEADERS"] = " ".join(headers_now), " ".join(headers)
    for key, value in wanted.items():
        line = Line(key=key, value=value, now=was[key])
        if line.differs or (value and key != "TRUSTED_RELAYS"):
            yield line


def _texts(auth: AuthSettings) -> dict[str, str]:
    preset = PRESETS[auth.provider]
    relays = [network for network in auth.trusted_relays if network not in preset.relays]
    believed = auth.source != preset.source or auth.authserv_ids not in {(), preset.authserv_ids}
    return {
        "MAIL_PROVIDER": str(auth.provider),
        "OUR_MTA_NAMES": _unless(preset.our_mta_names, auth.our_mta_names),
        "TRUSTED_RELAYS": " ".join(str(one.network_address if one.num_addresses == 1 else one) for one in relays),
        "ENVELOPE_FROM_HEADER": _unless((preset.envelope_from_header,), (auth.envelope_from_header,)),
        "AUTH_SOURCE": str(auth.source) if believed else "",
        "TRUSTED_AUTHSERV_ID": " ".join(auth.authserv_ids) if believed else "",
        "AUTHRES_MTA_STAMPS_ALWAYS": "true" if believed and auth.authserv_ids and not preset.stamps_always else "",
    }


def _unless(default: Sequence[str], names: Sequence[str]) -> str:
    return "" if tuple(names) == tuple(default) else " ".join(names)
