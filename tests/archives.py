"""Files of other projects' source archives, as PyPI has them: their tests are run here, and never copied.

`scripts/setup tests` runs this module, so that the archives are there before the first test; in any other environment
the first test that needs one downloads them.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
import tarfile
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

PINNED = Path(__file__).with_name("archives.txt")
FOLDER = Path(sys.prefix) / "archives"


class MissingArchiveError(Exception):
    """It could not be downloaded, or has no such file."""


@lru_cache
def archive_file(project: str, path: str, folder: Path = FOLDER) -> bytes:
    """The file of that path, below the archive's one top folder, as in ("pyspf", "test/rfc7208-tests.yml")."""
    name = f"{project}-{_pins()[project]}"
    archive = folder / f"{name}.tar.gz"
    if not archive.exists():
        download(folder)
    with tarfile.open(archive) as opened:
        try:
            file = opened.extractfile(f"{name}/{path}")
        except KeyError:
            file = None
        if file is None:
            raise MissingArchiveError(f"{archive.name} has no file {path}.")
        return file.read()


def download(folder: Path = FOLDER) -> None:
    """Every pinned archive that is not in the folder yet; another process may be doing the same."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if all((folder / f"{name}-{version}.tar.gz").exists() for name, version in _pins().items()):
            return
        with TemporaryDirectory(dir=folder) as arriving:
            _ask_pip(arriving)
            for archive in Path(arriving).iterdir():
                archive.replace(folder / archive.name)


def _ask_pip(folder: str) -> None:
    """Only the projects themselves from source: `:all:` would also build from source what builds them."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    command += ["--no-deps", "--no-binary", ",".join(_pins()), "--dest", folder, "--requirement", str(PINNED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingArchiveError(f"The tests need the archives of {PINNED.name}, and pip got none:\n{done.stderr}")


def _pins() -> dict[str, str]:
    lines = (line.partition(" --hash") for line in PINNED.read_text().splitlines() if not line.startswith("#"))
    return {name: version for name, _, version in (line[0].partition("==") for line in lines)}


if __name__ == "__main__":
    download()
