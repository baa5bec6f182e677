"""Short prints: the same content, the same print, so that a page can say what it was made from."""

import hashlib
import json


def print_of(content: object) -> str:
    """Of anything that is plain JSON, whatever the order of its keys."""
    held = json.dumps(content, sort_keys=True)
    return hashlib.md5(held.encode(), usedforsecurity=False).hexdigest()
