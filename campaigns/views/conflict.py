"""The conflict panel: what somebody else saved and what is in this page, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from accounts import audit
from campaigns import saving
from campaigns.editor import Draft
from campaigns.views import pages

WORDS = {
    "name": "Name", "labels": "Labels", "connection": "Connection", "segment": "Saved segment", "tree": "Rule",
    "control_percent": "Control group", "kind": "Message", "property": "User property", "missing": "Missing values",
    "event_name": "Event", "include": "Also in the payload", "schedule": "When",
}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    name: str
    theirs: str
    mine: str


def context(posted: QueryDict, theirs: Draft, step: str) -> dict[str, object]:
    last = audit.entries_of(theirs.campaign).filter(action="changed").first()
    return {
        "campaign": theirs.campaign,
        "step": step,
        "who": last.actor if last else None,
        "at": last.at if last else theirs.campaign.updated_at,
        "differences": differences(posted, theirs, step),
    }


def differences(posted: QueryDict, theirs: Draft, step: str) -> list[Difference]:
    edit = pages.read(posted, theirs, step)
    found = [
        Difference(WORDS[name], shown(getattr(subject, name)), shown(value))
        for subject, values in ((theirs.campaign, edit.campaign), (theirs.message, edit.message))
        for name, value in values.items()
        if saving.plain(getattr(subject, name)) != saving.plain(value)
    ]
    by_id = {copy.pk: copy for copy in theirs.copies}
    for pk, pairs in edit.pairs.items():
        copy = by_id.get(pk)
        if copy is None or copy.pairs != pairs:
            found.append(Difference(f"Copy {copy or '(removed)'}", wording(copy.pairs if copy else []), wording(pairs)))
    return found


def wording(pairs: list[list[str]]) -> str:
    return "\n".join(f"{key}: {text}" for key, text in pairs) or "–"


def shown(value: object) -> str:
    match value:
        case None | "" | [] | {}:
            return "–"
        case list():
            return ", ".join(str(each) for each in value)
        case Mapping():
            return "\n".join(f"{key}: {shown(each)}" for key, each in value.items() if key != "version")
        case _:
            return str(value)
