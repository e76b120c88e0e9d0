import pytest

from models.activity import StoredFile
from poller.storage.rows import CHUNK, insert_all, tuples
from tests.storage.making import NOW, asked

pytestmark = pytest.mark.usefixtures("database")


def files(count, size=1):
    return [{"sha256": f"{number:064x}", "size": size, "created_at": NOW} for number in range(count)]


def sizes():
    return [size for (size,) in tuples(StoredFile.select(StoredFile.size))]


@pytest.mark.parametrize(
    ("rows", "statements"), [(0, 0), (1, 1), (CHUNK, 1), (CHUNK + 1, 2), (2 * CHUNK, 2), (2 * CHUNK + 1, 3)]
)
@pytest.mark.parametrize("once", [False, True])
def test_all_rows_are_inserted_in_as_few_statements_as_hold_them(rows, statements, once):
    assert len(asked(lambda: insert_all(StoredFile, iter(files(rows)), once=once))) == statements
    assert len(sizes()) == rows


def test_once_leaves_a_row_that_is_there_as_it_is():
    insert_all(StoredFile, files(1, size=1), once=True)
    insert_all(StoredFile, files(2, size=2), once=True)
    assert sizes() == [1, 2]


def test_rows_are_read_as_plain_tuples():
    insert_all(StoredFile, files(2))
    rows = tuples(StoredFile.select(StoredFile.size, StoredFile.created_at))
    assert list(rows) == [(1, NOW), (1, NOW)]
