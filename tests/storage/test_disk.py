from __future__ import annotations

import os
from pathlib import Path

import pytest

from poller.errors import Transient
from poller.storage.disk import RESERVE, NoSpace, file_system_of, folders_of, free_octets, make_sure_of_space
from tests.workplace import Workplace

MIB = 1 << 20


class Disk:
    """What `os.statvfs` tells, in pieces of 1 MiB."""

    def __init__(self, free, *, names=1000, names_free=1000):
        self.f_frsize = MIB
        self.f_bavail = free
        self.f_files = names
        self.f_favail = names_free


@pytest.fixture
def settings(tmp_path):
    return Workplace(folder=tmp_path).settings()


@pytest.mark.parametrize(
    ("disk", "octets", "has_room"),
    [
        (Disk(RESERVE // MIB), 0, True),
        (Disk(RESERVE // MIB - 1), 0, False),
        (Disk(RESERVE // MIB + 30), 10 * MIB, True),
        (Disk(RESERVE // MIB + 29), 10 * MIB, False),
        (Disk(1000, names_free=0), 0, False),
        (Disk(1000, names=0, names_free=0), 0, True),
    ],
)
def test_there_is_room_for_a_reserve_and_for_each_octet_three_times(settings, monkeypatch, disk, octets, has_room):
    monkeypatch.setattr(os, "statvfs", lambda _folder: disk)
    if has_room:
        make_sure_of_space(settings, octets)
    else:
        with pytest.raises(NoSpace, match=r"FILES_URL: the disk of .*files is almost full"):
            make_sure_of_space(settings, octets)


def test_the_disk_of_the_database_counts_too(settings, monkeypatch):
    monkeypatch.setattr(os, "statvfs", lambda folder: Disk(0 if folder == settings.database.path.parent else 1000))
    with pytest.raises(NoSpace, match=r"DATABASE_URL: "):
        make_sure_of_space(settings, 0)


def test_postgresql_has_a_disk_of_its_own(tmp_path):
    settings = Workplace(folder=tmp_path).settings(DATABASE_URL="postgresql://localhost/x")
    assert folders_of(settings) == {"FILES_URL": settings.files}


def test_a_disk_that_is_gone_is_for_later(settings, monkeypatch):
    def gone(folder: Path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "statvfs", gone)
    with pytest.raises(Transient, match=r"FILES_URL: .* cannot be looked at: Input/output error"):
        make_sure_of_space(settings, 0)


MOUNTS = """\
22 1 0:21 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:40 / /srv rw,relatime shared:1 master:2 - nfs4 files:/srv rw
31 30 0:41 / /srv/local\\040disk rw - xfs /dev/sdb1 rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/mailfiler.db", "ext4"),
        ("/srv", "nfs4"),
        ("/srv/mail/mailfiler.db", "nfs4"),
        ("/srvmail/mailfiler.db", "ext4"),
        ("/srv/local disk/mailfiler.db", "xfs"),
    ],
)
def test_the_file_system_of_a_file_is_that_of_the_nearest_mount(tmp_path, path, kind):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert file_system_of(Path(path), mounts) == kind


def test_where_nobody_tells_of_mounts_the_file_system_is_not_known(tmp_path):
    assert file_system_of(tmp_path, tmp_path / "missing") == ""


def test_free_octets_are_those_for_this_user(monkeypatch):
    monkeypatch.setattr(os, "statvfs", lambda _: Disk(free=3))
    assert free_octets(Path("/")) == 3 * MIB
