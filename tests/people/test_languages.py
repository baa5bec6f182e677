"""Languages are called by their names, with the tag that data and files have."""

import pytest

from people import languages


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("es", "Spanish (es)"),
        ("pt-BR", "Portuguese, Brazil (pt-BR)"),
        ("es-419", "Spanish, Latin America (es-419)"),
        ("zh-Hant", "Traditional Chinese (zh-Hant)"),
        ("zh-Hans-SG", "Simplified Chinese, Singapore (zh-Hans-SG)"),
        ("sr-Latn", "Serbian (sr-Latn)"),
        ("fil", "Filipino (fil)"),
        ("ca-valencia", "Catalan (ca-valencia)"),
    ],
)
def test_a_language_is_named_with_where_it_is_spoken_and_its_tag(tag: str, words: str) -> None:
    assert languages.named(tag) == words


@pytest.mark.parametrize("tag", ["", "xx", "Spanish", "x" * 200, "-", "_es", "es_MX"])
def test_what_nobody_knows_is_said_as_it_is(tag: str) -> None:
    assert languages.named(tag) == tag


def test_only_the_property_language_is_named() -> None:
    assert languages.value_words("language", "es") == "Spanish (es)"
    assert languages.value_words("size", "es") == "es"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("language", "German", "de"),
        ("language", "german (de)", "de"),
        ("language", "Brazilian Portuguese", "pt-BR"),
        ("language", "de", "de"),
        ("language", "Germ", "Germ"),
        ("city", "German", "German"),
    ],
)
def test_a_language_may_be_called_by_its_name(name: str, text: str, value: str) -> None:
    assert languages.typed(name, text) == value
