"""Log records -> lines on standard error, as text for people or JSON for machines."""

from __future__ import annotations

import json
import logging
import sys
import unicodedata
from datetime import UTC, datetime


def printable(text: str) -> str:
    """Text of strangers without what a terminal obeys: control and format characters become a visible dot."""
    return "".join("·" if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} else char for char in text)


class TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = f"{_moment(record)} {record.levelname.lower()} {printable(record.getMessage())}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def set_up_logging(level: str = "info", form: str = "text") -> None:
    """A reader that went away (a closed pipe) must not stop the filing: such errors are dropped."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.raiseExceptions = False
    # Below these levels they print mail, statements and the scheduler's every step.
    for name in ("peewee", "apscheduler", "tzlocal"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
