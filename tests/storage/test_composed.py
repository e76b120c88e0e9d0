from datetime import datetime

import pytest

from models.activity import StoredFile
from models.inbound import Lease
from poller.storage.composed import Composed
from poller.storage.rows import insert_all
from tests.storage.making import NOW, asked, days

pytestmark = pytest.mark.usefixtures("database")


@Composed
def larger(size, sha256s, since):
    columns = (StoredFile.size, StoredFile.created_at)
    found = StoredFile.select(*columns).where(StoredFile.size > size, StoredFile.sha256 << sha256s)
    return found.where(StoredFile.created_at >= since).order_by(StoredFile.size)


@Composed
def fence(number, name):
    return Lease.update(fence=Lease.fence + number).where(Lease.name == name)


@pytest.fixture
def files(database):
    insert_all(StoredFile, ({"sha256": one, "size": size, "created_at": NOW} for size, one in enumerate("abc")))


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("values", "sizes"),
    [
        ((-1, ["a", "b", "c"], NOW), [0, 1, 2]),
        ((0, ("a", "b"), NOW), [1]),
        ((0, {"c"}, NOW), [2]),
        ((-1, [], NOW), []),
        ((-1, ["a"], NOW + days(1)), []),
    ],
)
def test_each_time_it_is_asked_with_other_values_and_other_numbers_of_them(values, sizes):
    assert larger.rows(*values) == [(size, NOW) for size in sizes]


@pytest.mark.usefixtures("files")
def test_it_asks_what_peewee_would_ask():
    def plain():
        return list(
            StoredFile.select(StoredFile.size, StoredFile.created_at)
            .where(StoredFile.size > 1, StoredFile.sha256 << ["a", "c"])
            .where(StoredFile.created_at >= NOW)
            .order_by(StoredFile.size)
            .tuples()
        )

    ((composed, values),) = asked(lambda: larger.rows(1, ["a", "c"], NOW))
    ((sql, same),) = asked(plain)
    assert (composed, values) == (sql, list(same))


def test_it_is_composed_once():
    composed = []

    @Composed
    def all_of(size):
        composed.append(size)
        return StoredFile.select(StoredFile.size).where(StoredFile.size == size)

    assert (all_of.rows(1), all_of.rows(2)) == ([], [])
    assert len(composed) == 1


def test_it_changes_rows_and_says_how_many():
    Lease.create(name="a", fence=1)
    assert (fence.run(2, "a"), fence.run(2, "b")) == (1, 0)
    assert Lease.get().fence == 3


def test_a_naive_moment_is_none():
    with pytest.raises(ValueError, match="naive"):
        larger.rows(1, ["a"], datetime(2026, 3, 2))  # noqa: DTZ001 - that is the point
