"""The rule read from JSON, version 1. What cannot work is refused with its path and a sentence for marketers."""

from segments.dump import VERSION, dump
from segments.parse.behaviour import DEEDS, FILTERS, parse_deed, parse_deeds, parse_event
from segments.parse.comparisons import parse_comparison, parse_filter, parse_number, parse_property
from segments.parse.reading import Members, TreeError, checked, flag, members, one_of, only_one, parse_name, whole
from segments.parse.rule import DEPTH, SIZE, VALUES, WIDTH, parse, parse_rule, problems, problems_within
from segments.parse.whereabouts import Path

__all__ = [
    "DEEDS",
    "DEPTH",
    "FILTERS",
    "SIZE",
    "VALUES",
    "VERSION",
    "WIDTH",
    "Members",
    "Path",
    "TreeError",
    "checked",
    "dump",
    "flag",
    "members",
    "one_of",
    "only_one",
    "parse",
    "parse_comparison",
    "parse_deed",
    "parse_deeds",
    "parse_event",
    "parse_filter",
    "parse_name",
    "parse_number",
    "parse_property",
    "parse_rule",
    "problems",
    "problems_within",
    "whole",
]
