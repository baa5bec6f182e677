"""Forms of custom lists: a name and a file, a new file, another name."""

from django import forms

from people.forms import CsvField
from segments.models import CustomList

FILE_HELP = "The first line says Type,Identity, or names the one column there is."


class FileForm(forms.Form):
    file = CsvField(help_text=FILE_HELP)


class NameForm(forms.ModelForm[CustomList]):
    class Meta:
        model = CustomList
        fields = ["name"]
        error_messages = {
            "name": {"required": "Give the list a name.", "unique": "Another list has this name already."}
        }


class NewListForm(NameForm):
    file = CsvField(help_text=FILE_HELP)
