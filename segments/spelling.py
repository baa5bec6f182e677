"""Values that nobody has as they are written: languages are kept by their tags, platforms in small letters."""

from collections.abc import Iterator

from people import columns, languages
from people.models import Device
from segments.tree import Property


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
    kept = Device.Platform.values
    if value in kept:
        return ""
    meant = value.strip().lower()
    return f"“{value}” is kept as “{meant}”: type that." if meant in kept else f"A platform is {', '.join(kept)}."


HINTS = {languages.PROPERTY: language_hint, "platform": platform_hint}
