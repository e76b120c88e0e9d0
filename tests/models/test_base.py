from datetime import UTC, datetime, timedelta, timezone

import peewee
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import JsonField, UtcDateTimeField

MOMENTS = st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.timezones())  # noqa: DTZ001 - hypothesis wants naive bounds


class Thing(peewee.Model):
    at = UtcDateTimeField(null=True)
    data = JsonField(null=True)

    class Meta:
        database = peewee.SqliteDatabase(":memory:")


@pytest.fixture(autouse=True, scope="module")
def table():
    with Thing._meta.database.connection_context():
        Thing.create_table()
        yield


def stored(**values):
    return Thing.get_by_id(Thing.create(**values).id)


@given(MOMENTS)
def test_a_moment_comes_back_the_same_and_in_utc(moment):
    back = stored(at=moment).at
    assert back == moment.astimezone(UTC)
    assert back.tzinfo is UTC


@given(MOMENTS, MOMENTS)
def test_the_order_of_the_text_is_the_order_in_time(one, other):
    texts = [Thing.at.db_value(moment) for moment in (one, other)]
    assert len({len(text) for text in texts}) == 1
    assert (texts[0] < texts[1]) == (one.astimezone(UTC) < other.astimezone(UTC))


def test_moments_are_compared_in_queries_whatever_their_zone():
    moment = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    row = Thing.create(at=moment)
    same = moment.astimezone(timezone(timedelta(hours=3)))
    assert Thing.get(Thing.at == same).id == row.id
    assert Thing.select().where(Thing.id == row.id, Thing.at < same).count() == 0


def test_a_naive_datetime_is_refused():
    with pytest.raises(ValueError, match="at: a naive datetime"):
        Thing.create(at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the case


@pytest.mark.parametrize("data", [[], ["a", "ä😀"], {"name": "x", "size": 2**40}, [[1, None, True]], None])
def test_plain_values_come_back_from_json(data):
    assert stored(data=data).data == data


def test_nothing_comes_back_as_nothing():
    assert stored(at=None).at is None
