"""Who we say that we are, to every system that is called over HTTP."""

from typing import Final

VERSION: Final = "0.1.0"  # as in pyproject.toml
AGENT: Final = f"Belfry/{VERSION}"
