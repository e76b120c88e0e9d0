from collections.abc import Callable
from pathlib import Path

import pytest

from poller.storage.importing import ImportKind, ImportReport, import_csv

Import = Callable[..., ImportReport]


@pytest.fixture
def run(tmp_path: Path, organization: int) -> Import:
    def run(kind: str, content: str | bytes, *, into: int = organization, **options) -> ImportReport:
        path = tmp_path / f"{kind}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_csv(ImportKind(kind), path, organization_id=into, **options)

    return run
