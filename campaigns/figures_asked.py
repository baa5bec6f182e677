"""The figures of a draft for a page: at once as well as they are known, then exact, under the token of the editor."""

from dataclasses import dataclass

from django.utils import timezone

from campaigns import figures
from campaigns.delivery.snapshot import Snapshot
from campaigns.editor import Draft
from campaigns.figures import Figures
from campaigns.preview import frozen
from segments import audience, parse
from segments.reach import asking
from segments.reach.asking import Answer


@dataclass(frozen=True)
class Counted:
    """`figures` is None as long as nothing is known; `margin` is that of all who qualify (95 %)."""

    snapshot: Snapshot
    answer: Answer
    figures: Figures | None
    margin: int = 0


def ask(draft: Draft, *, token: str, turn: str = "", again: bool = False) -> Counted:
    """The best that is known now. Raises TreeError, and Cancelled where the same editor asked something newer."""
    snapshot = frozen(draft)
    parse.parse(snapshot.tree)
    found = asking.ask(
        figures.question_of(snapshot),
        editor=asking.editor_of(token),
        turn=asking.turn_of(turn),
        context=audience.current(),
        again=again,
    )
    return shown(snapshot, found)


def find(draft: Draft, computation: int) -> Counted | None:
    """What became of what was asked; None where it was given up, and where something else was asked."""
    snapshot = frozen(draft)
    asked = {"print": figures.question_of(snapshot).asked["print"]}
    answer = asking.find(computation, now=timezone.now(), kind=figures.KIND, asked=asked)
    return shown(snapshot, answer) if answer else None


def shown(snapshot: Snapshot, answer: Answer) -> Counted:
    if answer.found is None:
        return Counted(snapshot, answer, None)
    qualified = sum(people for _, _, _, people, *_ in answer.found["rows"])
    found = figures.read(snapshot, answer.found, lambda people: answer.people(people)[0])
    return Counted(snapshot, answer, found, answer.people(qualified)[1])
