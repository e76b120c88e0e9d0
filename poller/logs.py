"""Log records -> lines on standard error, as text for people or JSON for machines.

To standard error and nowhere else: whoever started the program keeps, turns over and drops the lines.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

STAGES: Final = "poller.stages"
"""The logger of what people need not read of each message."""

_OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # Unicode's categories of control, format, surrogates, line and paragraph ends


def printable(text: str) -> str:
    """Text of strangers without what a terminal obeys: each such character becomes a visible dot."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("·" if unicodedata.category(char) in _OBEYED else char for char in text)


class TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = f"{_moment(record)} {record.levelname.lower()} {printable(record.getMessage())}"
        if not record.exc_info:
            return line
        # What failed may be quoted in it.
        return "\n".join([line, *map(printable, self.formatException(record.exc_info).split("\n"))])


class JsonFormatter(logging.Formatter):
    """One object a line, in ASCII. Keys of its own beside the usual ones are those of the record's `facts`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            **getattr(record, "facts", {}),
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return _to_json(fields)


def _to_json(fields: Mapping[str, Any]) -> str:
    """Half of a surrogate pair, which many readers of JSON refuse, becomes U+FFFD."""
    line = json.dumps(fields, default=str)
    if "\\ud" not in line:
        return line
    whole = json.dumps(fields, ensure_ascii=False, default=str).encode("utf-16", "surrogatepass")
    return json.dumps(json.loads(whole.decode("utf-16", "replace")))


class StderrHandler(logging.Handler):
    """To what standard error is at the time: a progress bar puts itself there for as long as it is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if sys.stderr:
                sys.stderr.write(f"{self.format(record)}\n")
                sys.stderr.flush()
        except Exception:  # noqa: BLE001 - a record that cannot be written stops nothing
            self.handleError(record)


def set_up_logging(level: str = "info", form: str = "text") -> None:
    """A reader that went away (a closed pipe) must not stop the filing: such errors are dropped."""
    _unbuffer()
    handler = StderrHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.raiseExceptions = False
    logging.getLogger(STAGES).setLevel(logging.NOTSET if form == "json" or level == "debug" else logging.WARNING)
    if form == "json":
        _log_what_python_prints()
    # Below these levels they print mail, statements and the scheduler's every step.
    for name in ("peewee", "apscheduler", "tzlocal"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _log_what_python_prints() -> None:
    """Its own words on standard error would be lines that are no JSON."""
    logging.captureWarnings(capture=True)
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _log_uncaught
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = lambda what: _log_uncaught(what.exc_type, what.exc_value, what.exc_traceback)


def _log_uncaught(kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        logging.getLogger(__name__).critical("uncaught: %s", error, exc_info=(kind, error or kind(), traceback))


def _unbuffer() -> None:
    """What a buffer still held for a reader that went away would decide about the status that the process ends with."""
    stream = sys.stderr
    if isinstance(stream, io.TextIOWrapper) and isinstance(stream.buffer, io.BufferedWriter):
        sys.stderr = io.TextIOWrapper(
            stream.buffer.raw, encoding=stream.encoding, errors="backslashreplace", write_through=True
        )


def is_for_machines() -> bool:
    """Whether nothing but JSON may be on standard error."""
    return any(isinstance(handler.formatter, JsonFormatter) for handler in logging.getLogger().handlers)


def told(outcomes: Mapping[Any, int]) -> str:
    """How many had which outcome -> `3 filed, 1 rejected`."""
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))


def log_briefly(log: logging.Logger, level: int, message: str) -> None:
    """For the last words of a process: a log that takes nothing any more holds it up for a second and no longer."""
    telling = threading.Thread(target=log.log, args=(level, "%s", message), daemon=True)
    telling.start()
    telling.join(timeout=1)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
