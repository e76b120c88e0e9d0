from dataclasses import replace

import pytest

from poller.storage.activities import Kind
from tests.storage.rematching.making import Company


@pytest.fixture
def company(kind: Kind) -> Company:
    """With Anna, who may file."""
    company = Company(kind=replace(kind, max_participants=20))
    company.user("anna@acme.fi")
    return company
