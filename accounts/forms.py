"""Forms of the settings pages."""

from typing import Any, TypeVar

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.db import models
from django.forms import BoundField

from accounts import zones
from accounts.models import AccountSettings, ApiKey, AuditEntry, User

Row = TypeVar("Row", bound=models.Model)


class TouchedForm(forms.ModelForm[Row]):
    """A field that nobody touched in this page keeps what was saved in another one meanwhile: each field brings along
    what it showed."""

    def __getitem__(self, name: str) -> BoundField:
        bound = super().__getitem__(name)
        bound.field.show_hidden_initial = True
        return bound

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        shown = {name for name in cleaned if self[name].html_initial_name in self.data}
        for name in shown.difference(self.changed_data) if self.instance.pk else ():
            cleaned[name] = self.initial[name]
        return cleaned


class ProfileForm(TouchedForm[User]):
    """What people say of themselves."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account = ("", f"As the account: {AccountSettings.current().zone}")
        choices = [account, *zones.choices(self.instance.zone)]
        self.fields["zone"] = forms.ChoiceField(
            choices=choices, required=False, label="Time zone", help_text="Every time is shown in it."
        )


class UserForm(TouchedForm[User]):
    """A login, as an admin sees it."""

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email", "role"]
        labels = {"username": "Name to sign in with"}
        help_texts = {"username": "Letters, digits and @ . + - _ only."}


class AccountForm(TouchedForm[AccountSettings]):
    class Meta:
        model = AccountSettings
        fields = ["name", "zone", "event_name_limit", "event_property_limit"]
        labels = {"name": "Name of the account"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"] = forms.ChoiceField(
            choices=zones.choices(self.instance.zone),
            label="Time zone",
            help_text="Campaigns are scheduled in it, and times are shown in it to whoever chose none.",
        )
        for name in ("event_name_limit", "event_property_limit"):
            self.fields[name] = forms.IntegerField(min_value=1, max_value=100_000)


class ApiKeyForm(forms.ModelForm[ApiKey]):
    scopes = forms.MultipleChoiceField(
        choices=ApiKey.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[ApiKey.Scope.INGEST],
        label="What it may do",
    )

    class Meta:
        model = ApiKey
        fields = ["name", "scopes"]
        help_texts = {"name": "What uses it, such as “Shop server”."}


class AuditForm(forms.Form):
    """Filters of the audit trail; an empty field filters nothing."""

    actor = forms.ModelChoiceField(
        User.objects.order_by("username"), required=False, label="Person", empty_label="Everybody"
    )
    action = forms.ChoiceField(required=False, label="Action")
    object_type = forms.ChoiceField(required=False, label="Kind of object")
    object_name = forms.CharField(
        required=False,
        label="Name of the object",
        max_length=300,
        widget=forms.TextInput({"placeholder": "Name of the object"}),
    )
    object_id = forms.CharField(required=False, max_length=50, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, every in (("action", "All actions"), ("object_type", "All objects")):
            seen = AuditEntry.objects.order_by(name).values_list(name, flat=True).distinct()
            self.fields[name].choices = [("", every), *((word, word[:1].upper() + word[1:]) for word in seen)]  # type: ignore[attr-defined]  # a ChoiceField


class OwnPasswordForm(PasswordChangeForm):
    """A new password of one's own choice; ends the demand for one."""

    def save(self, commit: bool = True) -> User:
        self.user.must_change_password = False
        return super().save(commit)
