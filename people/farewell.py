"""What the page behind a link to unsubscribe shows: who sent the message, to which address, in whose language."""

from dataclasses import dataclass

from accounts.models import AccountSettings
from people import links, registry, unsubscribe_words
from people.links import Origin
from people.models import Subscription
from people.unsubscribe_words import Words


@dataclass(frozen=True)
class Farewell:
    """`address` is masked: whoever has the link may have it from somebody else."""

    words: Words
    sender: str = ""
    address: str = ""


def of(origin: Origin, accepted: str) -> Farewell:
    """`accepted` are the languages of the browser, for whom no language is known of."""
    person = links.person(origin)
    address = person.email if person and origin.channel == Subscription.Channel.EMAIL else ""
    language = person.language if person else ""
    return Farewell(unsubscribe_words.words(language or "", accepted), sender(origin), masked(address or ""))


def sender(origin: Origin) -> str:
    """The company as it calls itself here; whom the message was from, while it has no name of its own."""
    name = AccountSettings.current().name
    unnamed = AccountSettings._meta.get_field("name").default
    return registry.sender(origin.campaign, origin.run, origin.copy) if name in ("", unnamed) else name


def masked(address: str) -> str:
    """j…@example.com"""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…{at}{domain}" if name else ""
