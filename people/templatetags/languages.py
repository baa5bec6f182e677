"""Languages in templates."""

from django import template

from people import languages

register = template.Library()


@register.filter
def language(tag: str | None) -> str:
    """`{{ person.language|language|default:"–" }}`: the language's name with its tag."""
    return languages.named(tag) if tag else ""


@register.filter
def said_of(value: str, name: str) -> str:
    """`{{ value|said_of:"language" }}`: a value of that property as people read it."""
    return languages.value_words(name, value)
