"""The lines of a calendar -> its events, as documents (RFC 5545, 3.6.1). In the child.

The library reads parameters, escapes, dates, durations and the names of zones, a line or a value at a time. Rules of
recurrence are kept as they are written, never expanded.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone, tzinfo
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import unquote

from icalendar.parser import Contentline
from icalendar.prop import vDDDTypes, vUTCOffset
from icalendar.timezone import tzp

from poller.child.calendar_bounds import MAX_DESCRIPTION, MAX_TEXT
from poller.child.calendar_lines import Component
from poller.child.calendar_zones import Observance, offset_at

MAX_ZONES = 50
"""Components that define a zone or a part of one."""

MAX_ZONE_NAMES = 10
"""Of one calendar, that are looked up; each that is unknown is looked for in a dozen places."""

MAX_ZONE_LEVELS = 6
"""Levels of a zone's name, such as /citadel.org/20210210_1/America/Argentina/Buenos_Aires."""

MAX_NAME = 300
"""Characters of the name of a person, a zone, or a word of the standard."""

_NOT_A_PLACE = ("localtime", "posixrules", "factory")
_BAD_VALUE = (ValueError, TypeError, OverflowError)


class Property(NamedTuple):
    parameters: dict[str, str]
    value: str


class Properties(dict[str, Property]):
    """By name in upper case, those that could be read."""

    def one(self, name: str) -> Property:
        return self.get(name, _ABSENT)

    def text(self, name: str, limit: int = MAX_TEXT) -> str:
        return self.one(name).value.strip()[:limit]


_ABSENT = Property({}, "")


def events_in(components: Iterable[Component], limit: int) -> list[dict[str, Any]]:
    """The first `limit` events that say anything. Nothing of another calendar is known in this one."""
    tzp.use_default()
    zones = _Zones(list(components))
    said = (one for one in components if one.name == "VEVENT" and {"UID", "SUMMARY", "DTSTART"} & one.lines.keys())
    return [_event(one, zones) | {"method": _method_of(one)} for one in islice(said, limit)]


def _method_of(component: Component) -> str:
    while component.within and component.name != "VCALENDAR":
        component = component.within
    return _properties(component).text("METHOD", MAX_NAME)


def _properties(component: Component) -> Properties:
    read = ((name, _read(line)) for name, line in component.lines.items())
    return Properties({name: found for name, found in read if found})


def _read(line: str) -> Property | None:
    """None for a line that cannot be read: it says nothing."""
    try:
        _, parameters, value = Contentline(line).parts()
    except ValueError:
        return None
    named = {
        key.upper(): ", ".join(map(str.strip, one)) if isinstance(one, list) else str(one)
        for key, one in parameters.items()
    }
    return Property(named, value)


def _event(component: Component, zones: _Zones) -> dict[str, Any]:
    properties = _properties(component)
    start, end = zones.moment(properties.one("DTSTART")), zones.moment(properties.one("DTEND"))
    if start and end is None:
        end = zones.after(properties.one("DTSTART"), properties.text("DURATION"))
    if isinstance(start, datetime) != isinstance(end, datetime):
        end = None  # a day that ends at a moment, or the other way about
    return {
        "uid": properties.text("UID"),
        "summary": properties.text("SUMMARY"),
        "start": _written(start),
        "end": _written(end),
        "all_day": start is not None and not isinstance(start, datetime),
        "zone": properties.one("DTSTART").parameters.get("TZID", "")[:MAX_NAME],
        "location": properties.text("LOCATION"),
        "organizer": _person(properties.get("ORGANIZER") or _mailto(component.lines.get("ORGANIZER", ""))),
        "attendees": [_person(_read(line) or _mailto(line)) for line in component.attendees],
        "recurrence": properties.text("RRULE") or ("RDATE" if "RDATE" in properties else ""),
        "occurrence": _written(zones.moment(properties.one("RECURRENCE-ID"))),
        "status": properties.text("STATUS", MAX_NAME),
        "description": properties.text("DESCRIPTION", MAX_DESCRIPTION),
    }


def _mailto(line: str) -> Property:
    """The address in a line that cannot be read for a name with quotes in it."""
    start = line.lower().rfind("mailto:")
    return Property({}, line[start:]) if start >= 0 else _ABSENT


def _person(one: Property) -> dict[str, str]:
    """The address is where mail goes; Exchange and Apple also write what is none, with EMAIL beside it, or without."""
    scheme, _, rest = one.value.strip().partition(":")
    address = unquote(rest) if scheme.lower() == "mailto" else one.parameters.get("EMAIL", "")
    bare = one.value.strip()
    return {
        "name": one.parameters.get("CN", "")[:MAX_NAME],
        "address": (address or (bare if "@" in bare and ":" not in bare else ""))[:MAX_NAME],
        "response": one.parameters.get("PARTSTAT", "")[:MAX_NAME],
    }


def _written(moment: date | None) -> str:
    """RFC 3339; of a day the date alone, and without offset where there is none."""
    if not isinstance(moment, datetime):
        return moment.isoformat() if moment else ""
    local, offset = moment.replace(tzinfo=None).isoformat(timespec="seconds"), moment.utcoffset()
    if not offset:
        return local if offset is None else local + "Z"
    minutes = round(offset.total_seconds() / 60)
    return f"{local}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


class _Zones:
    """A zone that has the name of one that is known, in Olson's or Microsoft's way, is that; else as it is defined."""

    def __init__(self, components: list[Component]) -> None:
        self._known: dict[str, tzinfo | None] = {}
        self._defined: dict[str, list[Observance]] = {}
        parts = [one for one in components if one.within and one.within.name == "VTIMEZONE"][:MAX_ZONES]
        for part in parts:
            name = _properties(part.within).text("TZID", MAX_NAME) if part.within else ""
            with suppress(*_BAD_VALUE):
                self._defined.setdefault(name, []).append(_observance(_properties(part)))

    def moment(self, one: Property) -> date | None:
        try:
            found = vDDDTypes.from_ical(one.value.strip())
        except _BAD_VALUE:
            return None
        if not isinstance(found, datetime) or found.tzinfo:
            return found if isinstance(found, date) else None
        return self._placed(found, one.parameters.get("TZID", ""))

    def after(self, start: Property, duration: str) -> date | None:
        """A day without end or duration is that day; a moment without either has no end."""
        begun = self.moment(start)
        try:
            lasts = vDDDTypes.from_ical(duration) if duration else None
            if begun is None or not isinstance(lasts, timedelta):
                return None if begun is None or isinstance(begun, datetime) else begun + timedelta(days=1)
            if not isinstance(begun, datetime) or begun.tzinfo is None:
                return begun + lasts
            name = start.parameters.get("TZID", "")
            return self._placed(begun.replace(tzinfo=None) + lasts, name) if name else begun + lasts
        except _BAD_VALUE:
            return None

    def _placed(self, local: datetime, name: str) -> datetime:
        name = name[:MAX_NAME]
        if name not in self._known:
            self._known[name] = _zone(name) if len(self._known) < MAX_ZONE_NAMES else None
        if zone := self._known[name]:
            return local.replace(tzinfo=zone)
        offset = offset_at(self._defined.get(name, ()), local)
        return local if offset is None else local.replace(tzinfo=timezone(offset))


def _zone(name: str) -> tzinfo | None:
    if not name or name.strip("/").lower() in _NOT_A_PLACE or name.count("/") > MAX_ZONE_LEVELS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells when it goes by the end of a name alone
            return tzp.timezone(name)
    except (OSError, ValueError):  # the name of a folder, or none for a file
        return None


def _observance(properties: Properties) -> Observance:
    """Raises ValueError, TypeError or OverflowError."""
    start = vDDDTypes.from_ical(properties.text("DTSTART"))
    if not isinstance(start, datetime):
        raise TypeError
    dates = map(vDDDTypes.from_ical, filter(None, properties.text("RDATE").split(",")))
    return Observance(
        start=start.replace(tzinfo=None),
        offset_from=vUTCOffset.from_ical(properties.text("TZOFFSETFROM")),
        offset_to=vUTCOffset.from_ical(properties.text("TZOFFSETTO")),
        rule=properties.text("RRULE"),
        dates=tuple(one.replace(tzinfo=None) for one in dates if isinstance(one, datetime)),
    )
