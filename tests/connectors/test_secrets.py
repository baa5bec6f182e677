"""Credentials at rest are unreadable, keys can be rotated."""

import pytest

from connectors.base import ConnectorError, Fault
from connectors.secrets import open_sealed, seal

CREDENTIALS = {"write_key": 'wk_ünïcode_"quoted"'}


def test_what_is_sealed_can_be_opened_and_not_read() -> None:
    sealed = seal(CREDENTIALS)

    assert open_sealed(sealed) == CREDENTIALS
    assert "write_key" not in sealed
    assert seal(CREDENTIALS) != sealed


def test_no_credentials_are_an_empty_text() -> None:
    assert (seal({}), open_sealed("")) == ("", {})


def test_a_new_key_in_front_seals_while_the_old_one_still_opens(settings) -> None:
    settings.SECRETS_KEYS = ["old key"]
    before = seal(CREDENTIALS)

    settings.SECRETS_KEYS = ["new key", "old key"]
    after = seal(CREDENTIALS)

    assert open_sealed(before) == open_sealed(after) == CREDENTIALS
    settings.SECRETS_KEYS = ["new key"]
    assert open_sealed(after) == CREDENTIALS


def test_a_lost_key_is_said_in_words_and_leaks_nothing(settings) -> None:
    sealed = seal(CREDENTIALS)
    settings.SECRETS_KEYS = ["another key"]

    with pytest.raises(ConnectorError) as lost:
        open_sealed(sealed)

    assert lost.value.fault == Fault.MISCONFIGURED
    assert str(lost.value) == (
        "The credentials cannot be read: the key they were encrypted with is gone. Enter them again."
    )
