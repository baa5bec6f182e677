"""Keys of the ingest API for these tests."""

import pytest

from accounts import api_keys


@pytest.fixture
def ingest_key(db: None) -> str:
    api_keys.known.clear()
    return api_keys.issue("Test", ["ingest"], None)[1]
