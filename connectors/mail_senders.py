"""By which address a mail is written: the connection's, or one of the marketer's within the connection's own domain."""

from collections.abc import Iterator, Mapping

from connectors.base import FieldError, Outgoing
from connectors.mime import checked_address

FIELD = "from_address"


def sender_of(message: Outgoing, own: str) -> str:
    """The address on the wire; "" where the one that was written may not be used."""
    written = message.fields.get(FIELD, "").strip()
    address = checked_address(written)
    if not written:
        return own
    return address if is_within(address, own) else ""


def refusal(message: Outgoing, own: str) -> str:
    written = message.fields.get(FIELD, "").strip()
    return f"The from address “{written[:100]}” is none at {domain_of(own)}, the domain of this connection."


def check(texts: Mapping[str, str], config: Mapping[str, object]) -> Iterator[FieldError]:
    """An example of the from address. Without a connection only whether it is an address at all."""
    written, own = texts.get(FIELD, "").strip(), str(config.get(FIELD) or "")
    if not written:
        return
    address = checked_address(written)
    if not address:
        yield FieldError(FIELD, "This is no e-mail address. Write one such as news@example.com, or leave it empty.")
    elif own and not is_within(address, own):
        words = f"This connection writes from {domain_of(own)}: take an address of that domain, or leave it empty."
        yield FieldError(FIELD, f"{words} Mails from another domain are refused or land in spam.")


def is_within(address: str, own: str) -> bool:
    """At the same domain or at one below it, for which the same signatures count."""
    domain, ours = domain_of(address), domain_of(own)
    return bool(domain) and bool(ours) and (domain == ours or domain.endswith(f".{ours}"))


def domain_of(address: str) -> str:
    return checked_address(address).rpartition("@")[2].lower()
