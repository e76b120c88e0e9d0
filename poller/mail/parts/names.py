"""A file name as sent -> a name that is safe on any file system and screen."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 200
"""UTF-8 octets of a name; file systems allow 255, and a number may be added."""

MAX_EXTENSION = 20
"""Characters of what counts as an extension and is kept when a name is shortened."""

_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])[ .]*(?:\.|$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_EXTENSIONS = {
    "application/applefile": "applefile",
    "application/ics": "ics",
    "application/json": "json",
    "application/mac-binhex40": "hqx",
    "application/msword": "doc",
    "application/ms-tnef": "dat",
    "application/pdf": "pdf",
    "application/pgp-encrypted": "txt",
    "application/pgp-keys": "asc",
    "application/pgp-signature": "asc",
    "application/pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/x-pkcs7-mime": "p7m",
    "application/x-pkcs7-signature": "p7s",
    "application/zip": "zip",
    "audio/mpeg": "mp3",
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "message/global": "eml",
    "message/news": "eml",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/html": "html",
    "text/plain": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
}
_STEMS = {
    "application/pgp-encrypted": "version",
    "application/pgp-keys": "key",
    "application/pgp-signature": "signature",
    "application/pkcs7-mime": "smime",
    "application/pkcs7-signature": "smime",
    "application/x-pkcs7-mime": "smime",
    "application/x-pkcs7-signature": "smime",
    "message/delivery-status": "delivery-status",
    "message/disposition-notification": "receipt",
    "message/external-body": "elsewhere",
    "message/partial": "piece",
    "text/calendar": "invite",
    "text/rfc822-headers": "headers",
    "image": "image",
    "audio": "audio",
    "video": "video",
    "text": "text",
    "message": "message",
}


def safe_name(name: str, content_type: str) -> str:
    """A decoded name, perhaps hostile or empty -> a safe name, never empty; the content type supplies what is missing.

    `safe_name(safe_name(n, t), t) == safe_name(n, t)`.
    """
    last = re.split(r"[/\\]", name)[-1] or re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    kept = "".join(c for c in unicodedata.normalize("NFC", last[:1_000]) if unicodedata.category(c) not in _HIDDEN)
    tidy = " ".join(_FORBIDDEN.sub("_", kept).split()).strip(". ")
    if not tidy.strip("_"):
        return default_name(content_type)
    return _shortened(f"_{tidy}" if _RESERVED.match(tidy) or tidy.startswith("-") else tidy)


def default_name(content_type: str) -> str:
    """A content type in lower case -> the name of a file that came without one."""
    major, _, minor = content_type.partition("/")
    readable = "txt" if major in ("text", "message") else "bin"
    extension = _EXTENSIONS.get(content_type) or (minor if re.fullmatch("[a-z0-9]{2,5}", minor) else readable)
    return f"{_STEMS.get(content_type) or _STEMS.get(major) or 'attachment'}.{extension}"


class UniqueNames:
    """Names of one message: `a.pdf`, then `a (2).pdf`, whatever their case."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def take(self, name: str) -> str:
        unique = name
        stem, extension = _split(name)
        while unique.casefold() in self._next:
            number = self._next[name.casefold()] = self._next.get(name.casefold(), 1) + 1
            unique = f"{stem} ({number}){extension}"
        self._next[unique.casefold()] = 1
        return unique


def _split(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    return (stem, f".{extension}") if dot and stem and len(extension) <= MAX_EXTENSION else (name, "")


def _shortened(name: str) -> str:
    stem, extension = _split(name)
    room = MAX_NAME - len(extension.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + extension
