"""Values that are not kept as people write them: languages are kept by their tags, platforms in small letters."""

from collections.abc import Iterator

from people import columns, languages
from people.models import Device
from segments.tree import Property

PLATFORM = "platform"
PLATFORMS = {str(value): str(label) for value, label in Device.Platform.choices}


def platform_words(name: str, value: str) -> str:
    """A text of a device as people read it: “iOS”."""
    return PLATFORMS.get(value, value) if name == PLATFORM else value


def platform_typed(name: str, value: str) -> str:
    """“iOS” and “IOS ” mean ios."""
    meant = value.strip().lower()
    return meant if name == PLATFORM and meant in PLATFORMS else value


def misspelt(node: Property) -> Iterator[str]:
    """A sentence for each value of a language of people, or of a platform of a device, that is written wrongly."""
    wanted = node.comparison.value
    for value in wanted if isinstance(wanted, tuple) else ():  # a part of a text may be written in any way
        if isinstance(value, str) and (hint := HINTS[node.name](value)):
            yield hint


def language_hint(value: str) -> str:
    """“German” and “de_at” say what is meant, “Germ” does not."""
    tag = columns.cleaned(languages.PROPERTY, languages.typed(languages.PROPERTY, value.strip()))
    if tag == value:
        return ""
    return f"“{value}” is kept as “{tag}”: type that." if tag else f"“{value}” is no language: type a tag, such as de."


def platform_hint(value: str) -> str:
    if value in PLATFORMS:
        return ""
    meant = platform_typed(PLATFORM, value)
    return f"“{value}” is kept as “{meant}”: type that." if meant in PLATFORMS else "A platform is Android, iOS or Web."


HINTS = {languages.PROPERTY: language_hint, PLATFORM: platform_hint}
