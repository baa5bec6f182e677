"""Python's collector of garbage, told what our processes are like: what is imported stays, and a batch makes many dicts
and no cycles."""

import gc

ALLOCATIONS = 20_000  # between two collections


def settle() -> None:
    """Called once everything is imported. Rendering costs a sixth less, taking in a twentieth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 20)
