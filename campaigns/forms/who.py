"""The form of the step Who: a saved segment or one made here, and the control group."""

from django import forms

from campaigns.models import Campaign
from campaigns.saving import Edit
from segments import drafts
from segments.forms import TreeField
from segments.models import Segment


class WhoForm(forms.Form):
    source = forms.ChoiceField(
        choices=[("saved", "A saved segment"), ("made", "A rule made here")], widget=forms.RadioSelect, required=False
    )
    segment = forms.ModelChoiceField(
        Segment.objects.filter(kind=Segment.Kind.PAST), required=False, empty_label="Choose a segment"
    )
    tree = TreeField(required=False)
    control_percent = forms.IntegerField(min_value=0, max_value=99)

    @classmethod
    def of(cls, campaign: Campaign, *, source: str) -> "WhoForm":
        return cls(
            initial={
                "source": source,
                "segment": campaign.segment,
                "tree": campaign.tree,
                "control_percent": campaign.control_percent,
            }
        )

    def edit(self) -> Edit:
        """At most one of the two is kept: the saved segment or the rule made here."""
        given = self.cleaned_data
        made = given["source"] == "made"
        return Edit(
            "who",
            campaign={
                "segment": None if made else given["segment"],
                "tree": drafts.keepable(given["tree"]) if made and given["tree"] else None,
                "control_percent": given["control_percent"],
            },
        )
