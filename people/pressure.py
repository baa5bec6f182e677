"""What keeps a process whole: how many requests a key sends in a second, how many large bodies it works at at once."""

import threading
import time
from dataclasses import dataclass, field

LARGE = 1024 * 1024  # bytes
MANY = 50_000  # values: what is read out of a body takes many times its size
LARGE_AT_ONCE = 1


@dataclass
class Buckets:
    """A bucket holds a second's worth of requests and fills evenly. Safe for threads."""

    levels: dict[int, tuple[float, float]] = field(default_factory=dict)  # key → requests left, as of when
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: int, rate: int, now: float) -> float:
        """Take one request out of the key's bucket; returns 0, or the seconds until there is one again."""
        with self.lock:
            left, then = self.levels.get(key, (float(rate), now))
            left = min(left + (now - then) * rate, float(rate))
            if left < 1:
                return (1 - left) / rate
            self.levels[key] = (left - 1, now)
            return 0.0


buckets = Buckets()
large_bodies = threading.BoundedSemaphore(LARGE_AT_ONCE)
mine = threading.local()


def seconds_to_wait(key: int, rate: int) -> float:
    return buckets.take(key, rate, time.monotonic())


def is_large(size: int, values: int) -> bool:
    return size > LARGE or values > MANY


def wait_for_turn(size: int, values: int) -> None:
    """This thread's request has a body of that size, unzipped, with about so many values: large ones wait for each
    other."""
    if is_large(size, values) and not getattr(mine, "has_turn", False):
        large_bodies.acquire()
        mine.has_turn = True


def end_turn() -> None:
    """This thread's request is answered."""
    if getattr(mine, "has_turn", False):
        mine.has_turn = False
        large_bodies.release()
