"""The form of the step Start."""

from django import forms

from campaigns.models import Campaign
from campaigns.saving import Edit
from connectors.models import Connection

MAX_LABELS = 20


class StartForm(forms.Form):
    name = forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Autumn offer"}),
    )
    labels = forms.CharField(
        max_length=1050,
        required=False,
        help_text="Words to find it by, with commas between them.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "labels-in-use"}),
    )
    connection = forms.ModelChoiceField(Connection.objects.all(), required=False, empty_label=None)

    @classmethod
    def of(cls, campaign: Campaign) -> "StartForm":
        labels = ", ".join(campaign.labels)
        return cls(initial={"name": campaign.name, "labels": labels, "connection": campaign.connection})

    def clean_labels(self) -> list[str]:
        given = [" ".join(label.split()) for label in self.cleaned_data["labels"].split(",")]
        labels = list(dict.fromkeys(label for label in given if label))
        if len(labels) > MAX_LABELS:
            raise forms.ValidationError(f"At most {MAX_LABELS} labels are possible.")
        if any(len(label) > 50 for label in labels):
            raise forms.ValidationError("A label has at most 50 letters.")
        return labels

    def edit(self) -> Edit:
        return Edit("start", campaign=self.cleaned_data)
