"""A rule while a person writes it: JSON of version 1 that may be incomplete, read from a form's fields and edited.

The deeds of a draft always stand in a list, also where there is one, so that places are the same whatever is added.
"""

from segments.drafts.bounds import bounded, keepable, posted, storable
from segments.drafts.completing import complete, fit, is_open, is_untouched
from segments.drafts.editing import Removal, edited, edited_deeds, first_input, removals, written
from segments.drafts.reading import read, read_before, read_deeds
from segments.drafts.shape import Json, children_of, empty, events_of, has, kind_of, usable

__all__ = [
    "Json",
    "Removal",
    "bounded",
    "children_of",
    "complete",
    "edited",
    "edited_deeds",
    "empty",
    "events_of",
    "first_input",
    "fit",
    "has",
    "is_open",
    "is_untouched",
    "keepable",
    "kind_of",
    "posted",
    "read",
    "read_before",
    "read_deeds",
    "removals",
    "storable",
    "usable",
    "written",
]
