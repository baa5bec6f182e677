"""What a copy is called: after the value that it is for, as people read it."""

from people import languages


def copy_name(of: str, value: str) -> str:
    """`of` is the property whose value picks the copy."""
    return languages.value_words(of, value) or "Default"
