"""docs/client-libraries.md speaks of the versions that are tested, and its code works as it stands; the page *Ways in*
says the same."""

import html
import json
import re
import subprocess
import sys
from importlib.metadata import version

import pytest
from django.conf import settings as configured
from django.test import Client
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from people.models import Profile
from tests.people.facts import summary_of
from tests.people.libraries import CLIENTS, NODE

GUIDE = (configured.BASE_DIR / "docs" / "client-libraries.md").read_text()
CODE = {
    library: (language, code) for language, library, code in re.findall(r"```(\w+) (\S+)\n(.*?)```", GUIDE, re.DOTALL)
}
EXAMPLES = {library: each for library, each in CODE.items() if each[0] != "html"}  # the browser's has a test in one


def installed(library: str) -> str:
    if "python" in library:
        return version(library)
    package = json.loads((CLIENTS.parent / "node_modules" / library / "package.json").read_text())
    return str(package["version"])


def test_the_guide_names_the_versions_that_are_tested():
    named = re.findall(r"^\| `(\S+)` \| ([\d.]+) \|", GUIDE, re.MULTILINE)

    assert len(named) == 5
    assert named == [(library, installed(library)) for library, _ in named]


@pytest.mark.django_db
def test_the_page_says_what_the_guide_does(admin: Client, settings: Settings):
    settings.PUBLIC_URL = "https://belfry.example.com"
    page = html.unescape(admin.get("/people/ways-in/segment").content.decode())

    said = dict(re.findall(r'data-library="([^"]+)">.*?<code>([^<]+)</code>', page))

    assert sorted(said) == sorted(CODE)
    assert [line for library, line in said.items() if line not in CODE[library][1]] == []
    assert set(re.findall(r'data-copy="([^"]+)"', page)) == {"https://belfry.example.com"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("library", EXAMPLES)
def test_the_code_of_the_guide_works(live_server: LiveServer, ingest_key: str, library: str):
    language, code = EXAMPLES[library]
    code = code.replace("https://belfry.example.com", live_server.url).replace("YOUR_KEY", ingest_key)
    command = [sys.executable, "-c"] if language == "python" else [NODE, "--input-type=module", "-e"]

    subprocess.run([*command, code], cwd=CLIENTS, check=True, timeout=60)

    assert Profile.objects.values_list("identity", "first_name", "email").get() == (
        "4711", "Maria", "maria@example.com",
    )  # fmt: skip
    assert {name: count for name, (count, _, _) in summary_of("4711").items()} == {"Ordered": 1}
