from threading import Barrier, Thread

from models.secret import Secret
from poller.storage import secrets
from poller.storage.database import connected
from poller.storage.secrets import notice_key
from tests.storage.making import asked


def test_the_key_is_made_at_first_use_and_stays(database):
    key = notice_key()
    assert len(key) == 32
    assert [notice_key() for _ in range(3)] == [key] * 3
    assert Secret.select().count() == 1


def test_two_installations_have_two_keys(database):
    one = notice_key()
    Secret.delete().execute()
    assert notice_key() != one


def test_once_it_is_there_nothing_is_written(database):
    notice_key()
    assert [sql.split()[0] for sql, _ in asked(notice_key)] == ["SELECT"]


def test_workers_that_start_together_agree_on_one_key(database, monkeypatch):
    barrier, made, found = Barrier(4), secrets.secrets.token_bytes, []

    def together(octets: int) -> bytes:
        barrier.wait(10)  # all have found that there is none
        return made(octets)

    def work() -> None:
        with connected():
            found.append(notice_key())

    monkeypatch.setattr(secrets.secrets, "token_bytes", together)
    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert set(found) == {Secret.get().value}
