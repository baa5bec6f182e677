"""The ways in which people and events arrive: what each is for, and which addresses belong to it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """`addresses` are the names of its URLs; what `needs_key` is reached with an API key. Its set-up is written in
    `templates/people/ways/<slug>.html`."""

    slug: str
    name: str
    icon: str
    words: str
    addresses: tuple[str, ...] = ()
    needs_key: bool = True


WAYS = (
    Way(
        "segment",
        "Segment and RudderStack libraries",
        "devices",
        "Websites, apps and servers send with the libraries they have, pointed at this address.",
        ("api-segment", "api-segment-settings"),
    ),
    Way(
        "upload",
        "Upload API",
        "upload",
        "Your own programs send people and events mixed, up to 1,000 at once, and hear what became of each.",
        ("api-upload",),
    ),
    Way(
        "segment-webhook",
        "Segment webhook",
        "webhook",
        "Segment passes on what its sources collect, without a change to them.",
        ("in-segment", "in-segment-signed"),
    ),
    Way(
        "mparticle",
        "mParticle webhook",
        "webhook",
        "mParticle passes on people, events and purchases from its inputs.",
        ("in-mparticle",),
    ),
    Way(
        "eventbridge",
        "Amazon EventBridge",
        "server",
        "A rule on an event bus sends events through an API destination.",
        ("in-eventbridge",),
    ),
    Way(
        "mail",
        "Mail providers",
        "mail",
        "Who sends your mails reports bounces, complaints and people who unsubscribe.",
        ("mail-events",),
        needs_key=False,
    ),
    Way(
        "csv",
        "CSV file",
        "file-text",
        "Somebody uploads a file of people or events in the browser.",
        needs_key=False,
    ),
)
BY_SLUG = {way.slug: way for way in WAYS}
BY_ADDRESS = {address: way.slug for way in WAYS for address in way.addresses}
