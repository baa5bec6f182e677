"""What the forms of all kinds of connections share. Credentials are write-only."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Self

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.http import QueryDict

from connectors.addresses import CONTROL, AddressRefused, check_url
from connectors.base import ConnectorError
from connectors.connections import Settings, one_per_address
from connectors.models import Connection
from connectors.secrets import open_sealed

OTHER = "other"
SECRET_LENGTH = 4_000  # a signed token with its claims is long


UNHURRIED = "Leave it empty to send as fast as the other side takes them."


class ConnectionForm(forms.Form):
    """What every kind has. A subclass names its `secret_fields` and gives its `config`."""

    secret_fields: tuple[str, ...] = ()
    usual_rate = ""  # what the other side takes, in words
    note = ""
    lacks = ""  # what this installation has to be told before a campaign can use the connection
    turns_on = ""  # the choice on which it hangs whether a field is asked for
    asked_by: Mapping[str, Collection[str]] = {}  # what each of its answers asks for; no other field of these is there
    folded: tuple[str, ...] = ()  # what few need, last: behind `folded_words` until it is set
    folded_words = ""
    needed_by: Mapping[str, Collection[str]] = {}  # what of it may not be left empty, unless it is a credential held

    name = forms.CharField(max_length=100, help_text="Campaigns show it under this name.")
    rate_per_second = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1_000_000,
        label="Messages a second",
    )
    one_per_address = forms.BooleanField(
        required=False,
        label="One message to each e-mail address",
        help_text="Where several people have the same one, in large or small letters, the profile that was there first"
        " gets the message. The others are counted as sharing the address.",
    )

    def __init__(self, *args: Any, connection: Connection | None = None, turned: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection = connection
        self.fields["rate_per_second"].help_text = f"{UNHURRIED} {self.usual_rate}".rstrip()
        if connection:
            self.initial = {"name": connection.name, "rate_per_second": connection.rate_per_second}
            self.initial["one_per_address"] = one_per_address(connection)
            self.initial |= self.from_config(connection.config)
            self.make_secrets_optional(connection)
        self.leave_out(turned)

    @classmethod
    def with_other_choice(cls, typed: QueryDict, connection: Connection | None) -> Self:
        """With what was typed, and the fields that the choice asks for now; nothing is checked yet."""
        form = cls(connection=connection, turned=typed.get(cls.turns_on, ""))
        for name, field in form.fields.items():
            if isinstance(field, forms.BooleanField):
                form.initial[name] = name in typed
            elif name in typed:
                form.initial[name] = typed[name]
        return form

    def leave_out(self, turned: str) -> None:
        """The fields of the answers that were not given."""
        if not self.turns_on:
            return
        usual = self.initial.get(self.turns_on) or self.fields[self.turns_on].initial
        given = (turned, self.data.get(self.turns_on), usual, *self.asked_by)
        self.turned = next(filter(self.asked_by.__contains__, given))
        for name in set().union(*self.asked_by.values()) - set(self.asked_by[self.turned]):
            del self.fields[name]
        held = held_by(self.connection) if self.turned == self.initial.get(self.turns_on) else {}
        for name in set(self.needed_by.get(self.turned, ())) - held.keys():
            self.fields[name].required = True

    def parts(self) -> tuple[list[forms.BoundField], list[forms.BoundField], list[forms.BoundField]]:
        """The fields up to the choice on which others hang, those others, and the rest but for the folded ones."""
        found = [bound for bound in self if bound.name not in self.folded]
        if not self.turns_on:
            return found, [], []
        begin = list(self.fields).index(self.turns_on) + 1
        end = begin + len(self.asked_by[self.turned])
        return found[:begin], found[begin:end], found[end:]

    def folded_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.folded]

    def is_unfolded(self) -> bool:
        held = held_by(self.connection)
        return any(
            bound.name in held or (bound.value() or "") != (bound.field.initial or "") for bound in self.folded_fields()
        )

    def kept(self, names: Iterable[str]) -> dict[str, object]:
        """What was chosen of these, as far as it was asked for."""
        return {name: self.cleaned_data[name] for name in names if name in self.fields}

    def make_secrets_optional(self, connection: Connection) -> None:
        for name in self.secret_fields:
            if name not in held_by(connection):
                continue
            self.fields[name].required = False
            self.fields[name].help_text = "It is set and never shown again. Type a new one to replace it."
            self.fields[name].widget.attrs["placeholder"] = "••••••••"

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Connection.objects.exclude(pk=self.connection.pk) if self.connection else Connection.objects.all()
        if others.filter(name__iexact=name).exists():
            raise forms.ValidationError("Another connection has this name.")
        return name

    def from_config(self, config: dict[str, Any]) -> dict[str, Any]:
        return {}

    def config(self) -> dict[str, object]:
        return {}

    def chosen(self) -> Settings:
        typed = {name: self.cleaned_data[name] for name in self.secret_fields if name in self.fields}
        return Settings(
            name=self.cleaned_data["name"],
            rate_per_second=self.cleaned_data["rate_per_second"],
            config={**self.config(), **self.sharing()},
            secrets={name: secret for name, secret in typed.items() if secret},
        )

    def sharing(self) -> dict[str, object]:
        """Kept where it is another choice than the one that holds."""
        chosen: bool = self.cleaned_data["one_per_address"]
        is_new = chosen != bool(self.get_initial_for_field(self.fields["one_per_address"], "one_per_address"))
        return {"one_per_address": chosen} if is_new else {}


class RegionForm(ConnectionForm):
    """A provider with regions: `regions` are addresses with their names, the first is the usual one."""

    regions: dict[str, str] = {}
    address_help = ""
    turns_on, needed_by = "region", {OTHER: ("url",)}

    region = forms.ChoiceField(widget=forms.RadioSelect)
    url = forms.CharField(required=False, max_length=500, label="Address")

    def __init_subclass__(cls) -> None:
        cls.asked_by = {**dict.fromkeys(cls.regions, ()), OTHER: ("url",)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        region = self.fields["region"]
        assert isinstance(region, forms.ChoiceField)  # noqa: S101 for the type checker
        region.choices = [*self.regions.items(), (OTHER, "Another address")]
        region.initial = next(iter(self.regions))
        if "url" in self.fields:
            self.fields["url"].help_text = self.address_help

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("region") == OTHER:
            try:
                check_url(cleaned.get("url", ""), private_allowed=settings.ALLOW_PRIVATE_ADDRESSES)
            except AddressRefused as refused:
                self.add_error("url", str(refused))
        missing = [name for name in held_by(self.connection) if name in self.secret_fields and not cleaned.get(name)]
        if missing and not self.errors and self.leads_elsewhere(cleaned):
            self.add_error(missing[0], "The address is a new one: type the key again, it would be sent there.")
        return cleaned

    def leads_elsewhere(self, cleaned: dict[str, Any]) -> bool:
        """A key that nobody may read must not be sent to an address of somebody's choice either."""
        shown = {name: self.initial.get(name) or "" for name in ("region", "url")}
        return self.connection is not None and shown != {name: cleaned.get(name) or "" for name in shown}

    def from_config(self, config: dict[str, Any]) -> dict[str, Any]:
        url = config.get("url") or next(iter(self.regions))
        other = url not in self.regions
        return {"region": OTHER if other else url, "url": url if other else ""}

    def config(self) -> dict[str, object]:
        region = self.cleaned_data["region"]
        return {"url": self.cleaned_data["url"].rstrip("/") if region == OTHER else region}


def secret(label: str, **options: Any) -> forms.CharField:
    """A credential goes into a header, where a control character has no place."""
    return forms.CharField(
        max_length=SECRET_LENGTH,
        label=label,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        validators=[RegexValidator(CONTROL, "Line breaks and the like have no place here.", inverse_match=True)],
        **options,
    )


def held_by(connection: Connection | None) -> dict[str, str]:
    """The credentials that are set; none where they cannot be read any more, so that all are asked for."""
    try:
        return open_sealed(connection.secrets) if connection else {}
    except ConnectorError:
        return {}
