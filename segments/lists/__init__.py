"""Custom lists: people named in a file, taken in by the workers."""
