"""Lets requests that arrive while another one is being stored share the next transaction: a commit costs what it costs,
for a hundred records as for a thousand."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")


class Waiting(Generic[Work, Result]):
    """One thread's work on its way: settled by whoever stores it, or called to store the next ones itself."""

    def __init__(self, work: Work, size: int) -> None:
        self.work, self.size = work, size
        self.called = threading.Event()
        self.settled = False
        self.result: Result
        self.error: Exception | None = None

    def settle(self, result: Result) -> None:
        self.result, self.settled = result, True

    def fail(self, error: Exception) -> None:
        self.error, self.settled = error, True

    def answer(self) -> Result:
        if self.error is not None:
            raise self.error
        return self.result


class Turns(Generic[Work, Result]):
    """One thread at a time does the work of all that wait, up to `most` in size; then it calls the next.

    `do` does several works at once, or one, and returns a result for each. It may say earlier, by its second argument,
    that the next may begin: when all that is left to it is to wait. Where several fail together, each is done alone:
    nobody fails for another's sake.
    """

    def __init__(self, do: Callable[[Sequence[Work], Callable[[], None]], Sequence[Result]], most: int) -> None:
        self.do, self.most = do, most
        self.lock = threading.Lock()
        self.leader: Waiting[Work, Result] | None = None
        self.queue: deque[Waiting[Work, Result]] = deque()

    def take(self, work: Work, size: int) -> Result:
        """The result of `work`, done by this thread or by another one. Raises what doing it raised."""
        mine = Waiting[Work, Result](work, size)
        if not self.begins(mine):
            mine.called.wait()
        if not mine.settled:
            self.lead(mine)
        return mine.answer()

    def begins(self, mine: Waiting[Work, Result]) -> bool:
        """Whether it is this thread's turn at once; otherwise it is in the queue."""
        with self.lock:
            if self.leader:
                self.queue.append(mine)
                return False
            self.leader = mine
            return True

    def lead(self, mine: Waiting[Work, Result]) -> None:
        group = self.group(mine)
        try:
            self.settle(group, lambda: self.call_next(mine))
        finally:
            self.end(group)

    def group(self, mine: Waiting[Work, Result]) -> list[Waiting[Work, Result]]:
        """In the order in which they came."""
        group, size = [mine], mine.size
        with self.lock:
            while self.queue and size + self.queue[0].size <= self.most:
                group.append(self.queue.popleft())
                size += group[-1].size
        return group

    def settle(self, group: Sequence[Waiting[Work, Result]], call_next: Callable[[], None]) -> None:
        try:
            results = self.do([each.work for each in group], call_next)
        except Exception as error:
            if len(group) == 1:
                group[0].fail(error)
                return
            for each in group:
                self.settle([each], call_next)
            return
        for each, result in zip(group, results, strict=True):
            each.settle(result)

    def call_next(self, leader: Waiting[Work, Result] | None) -> None:
        """The turn goes to the first that waits, once for each leader."""
        with self.lock:
            if self.leader is not leader:
                return
            self.leader = self.queue.popleft() if self.queue else None
            if self.leader:
                self.leader.called.set()

    def end(self, group: Sequence[Waiting[Work, Result]]) -> None:
        """Those of the group are answered. What this thread was stopped over (it is being ended) is left to its own
        thread."""
        with self.lock:
            self.queue.extendleft(each for each in reversed(group[1:]) if not each.settled)
        self.call_next(group[0])
        self.call_next(None)  # where the turn was passed on to nobody and the queue has what was left
        for each in group:
            if each.settled:
                each.called.set()
