"""What the tags of languages are called in English: “es” is “Spanish (es)”, “pt-BR” “Portuguese, Brazil (pt-BR)”."""

from functools import cache, lru_cache

from babel import Locale

PROPERTY = "language"
ENGLISH = Locale("en")  # of the Unicode Common Locale Data Repository


def value_words(name: str, value: str) -> str:
    """A text of the property `name` as people read it."""
    return named(value) if name == PROPERTY else value


def typed(name: str, text: str) -> str:
    """A value of the property `name` that somebody typed: a language called by its name stands for its tag."""
    return by_name().get(text.casefold(), text) if name == PROPERTY else text


@cache
def by_name() -> dict[str, str]:
    tags = {code.replace("_", "-"): words.casefold() for code, words in ENGLISH.languages.items()}
    return {words: tag for tag, words in tags.items()} | {named(tag).casefold(): tag for tag in tags}


@lru_cache(maxsize=1000)
def named(tag: str) -> str:
    """The tag as it is where nobody knows it."""
    first, *more = tag.split("-")
    script = next((part for part in more if part in ENGLISH.scripts), "")
    known = ENGLISH.languages.get(f"{first}_{script}") or ENGLISH.languages.get(first)
    if not known or "_" in tag:
        return tag
    region = next((ENGLISH.territories[part] for part in more if part in ENGLISH.territories), "")
    return f"{', '.join(filter(None, [known, region]))} ({tag})"
