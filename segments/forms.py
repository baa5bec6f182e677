"""The form of a segment, and the form field that any form can use for a rule."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import BaseRenderer
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString

from segments import drafts, keeping, references
from segments.builder import Builder, build, catalogue_of
from segments.drafts import Json
from segments.models import Segment
from segments.names import unknown_names
from segments.parse import TreeError, dump, parse, problems
from segments.tree import Place, Tree


def json_from_post(post: "QueryDict | Mapping[str, Any]", name: str = "tree") -> Json | None:
    """The rule as typed, complete or not: from the builder's fields `name.…`, else from JSON in `name` itself."""
    fields = dict(post.lists()) if isinstance(post, MultiValueDict) else {}
    draft = drafts.read(fields, name)
    if draft is not None:
        return completed(draft) if drafts.is_open(draft) else draft
    return drafts.posted(str(post.get(name, "")))


def completed(draft: Json) -> Json:
    drafts.complete(draft, catalogue_of(draft))
    return draft


def changed_from_post(post: QueryDict, name: str) -> Builder:
    """The builder after another choice in it, or after a press of one of its buttons."""
    fields, draft = dict(post.lists()), drafts.usable(json_from_post(post, name))
    kept, before = drafts.removals(post.get(f"{name}.removed", "")), drafts.read_before(fields, name)
    is_other = before != drafts.read(fields, name)
    lost = drafts.fit(draft, before, catalogue_of(draft)) if before and is_other else []
    action = post.get(f"{name}.action", "")
    changed, focus, removed = drafts.edited(draft, action, [*kept, *lost])
    return build(
        changed,
        name=name,
        focus=focus,
        field=drafts.first_input(changed, focus, action),
        removed=removed,
        says_removed=not action.startswith("undo") and removed[-1:] != kept[-1:],
    )


def deeds_from_post(post: QueryDict, name: str) -> list[Json]:
    """Deeds that stand alone in the fields `name.…`, complete or not."""
    deeds = drafts.read_deeds(dict(post.lists()), name)
    completed({"rule": {"all": [{"did": deeds}]}})
    return deeds


def tree_from_post(post: QueryDict, name: str = "tree") -> Tree:
    """Raises TreeError, also for names that were never seen."""
    return checked(json_from_post(post, name))


def checked(rule: Json | None) -> Tree:
    tree = parse(rule)
    for place, message in unknown_names(tree):
        raise TreeError(("rule", *place), message)
    return tree


def errors_of(rule: Json | None, pk: int | None = None) -> dict[Place, str]:
    """Every problem of a rule by its place; `pk` is the segment whose rule it is."""
    found = {error.place: error.message for error in problems(rule)}
    if found:
        return found
    tree = parse(rule)
    return dict(unknown_names(tree)) or dict(references.check(tree, pk))


class TreeWidget(forms.Widget):
    """The segment builder. `errors` are shown at their places."""

    errors: Mapping[Place, str] = {}

    def value_from_datadict(self, data: Mapping[str, Any], files: object, name: str) -> Json | None:
        return json_from_post(data, name)

    def id_for_label(self, id_: str) -> str:
        return ""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        return render_to_string("segments/_builder.html", {"builder": build(value, name=name, errors=self.errors)})


class TreeField(forms.Field):
    """The rule's JSON, perhaps incomplete: an autosaved draft keeps what was typed. None where nothing was posted."""

    widget = TreeWidget


class RuleForm(forms.ModelForm[Segment]):
    """A segment to keep, of either kind: its rule must be complete. `version` is the one that the person began to edit.

    A subclass has the field `tree` and says what is wrong with a rule and what is kept of it.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Segment
        fields = ["name", "description", "tree"]
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}
        error_messages = {
            "name": {"required": "Give the segment a name.", "unique": "Another segment has this name already."}
        }

    def problems_of(self, rule: Json) -> Mapping[Any, str]:
        raise NotImplementedError

    def kept(self, rule: Json) -> Json:
        raise NotImplementedError

    def clean_tree(self) -> Json:
        rule: Json = self.cleaned_data["tree"]
        errors = self.problems_of(rule)
        if errors:
            self.fields["tree"].widget.errors = errors
            raise ValidationError("The rule is not complete. What is missing is marked in it.")
        return self.kept(rule)

    def kept_by(self, keep: Callable[[Segment], Segment]) -> Segment | None:
        """Keep the segment; None, with the words at their field, where somebody else was quicker. Raises Conflict."""
        try:
            return keep(self.save(commit=False))
        except TreeError as error:
            self.add_error("tree", error.message)
        except keeping.NameTaken as error:
            self.add_error("name", str(error))
        return None


class SegmentForm(RuleForm):
    tree = TreeField()

    def problems_of(self, rule: Json) -> Mapping[Any, str]:
        return errors_of(rule, self.instance.pk)

    def kept(self, rule: Json) -> Json:
        return dump(parse(rule))
