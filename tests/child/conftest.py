from __future__ import annotations

import pytest

from poller.child.expanding import ChildExpander
from poller.child.process import Child


@pytest.fixture(scope="module")
def child():
    with Child() as child:
        yield child


@pytest.fixture(scope="module")
def expander(child):
    return ChildExpander(child)
