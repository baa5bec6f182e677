"""The form of a live segment, and the form field for its rule."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from segments.drafts import Json, edited_deeds
from segments.forms import RuleForm, deeds_from_post
from segments.live import drafts
from segments.live.builder import Focus, TriggerRow, build, trigger_row
from segments.live.dump import dump
from segments.live.names import unknown_names
from segments.live.parse import parse, problems
from segments.live.rule import LiveRule
from segments.parse import Path, TreeError

SIDES = ("did", "not")


def rule_from_post(post: QueryDict, name: str) -> LiveRule:
    """Raises TreeError, also for names that were never seen."""
    rule = parse(drafts.read(post, name))
    for path, message in unknown_names(rule):
        raise TreeError(path, message)
    return rule


def errors_of(json: Json | None) -> dict[Path, str]:
    """Every problem of a rule by its path."""
    found = {error.path: error.message for error in problems(json)}
    return found or dict(unknown_names(parse(json)))


def changed_from_post(post: QueryDict, name: str) -> TriggerRow:
    """What begins it again, after another choice or a press of a button."""
    draft = drafts.read(post, name) or {}
    for side in SIDES:
        if action := post.get(f"{name}.{side}.action"):
            deeds, place = edited_deeds(deeds_from_post(post, f"{name}.{side}"), action)
            focus = Focus(side, place) if place is not None else None
            return trigger_row(drafts.with_deeds(draft, side, deeds), name=name, focus=focus)
    return trigger_row(draft, name=name)


class LiveWidget(forms.Widget):
    """The builder of a live segment. `errors` are shown where they belong."""

    errors: Mapping[Path, str] = {}

    def value_from_datadict(self, data: Mapping[str, Any], files: object, name: str) -> Json | None:
        return drafts.read(data, name) if isinstance(data, QueryDict) else None

    def id_for_label(self, id_: str) -> str:
        return ""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        context = {"live": build(value, name=name, errors=self.errors)}
        return render_to_string("segments/live/_builder.html", context)


class LiveField(forms.Field):
    """The JSON of a live rule, perhaps incomplete."""

    widget = LiveWidget


class LiveForm(RuleForm):
    tree = LiveField()

    def problems_of(self, rule: Json) -> Mapping[Any, str]:
        return errors_of(rule)

    def kept(self, rule: Json) -> Json:
        return dump(parse(rule))
