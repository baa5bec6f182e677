"""What holds for every template and every front-end file we ship."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.views.csrf import csrf_failure
from django.views.defaults import permission_denied, server_error

from accounts.templatetags.belfry import PLACES
from accounts.templatetags.states import LOOKS
from config import vendor

TEMPLATES = settings.BASE_DIR / "templates"
STATIC = settings.BASE_DIR / "static"
PAGES = sorted(TEMPLATES.rglob("*.html"))
INLINE = re.compile(r"\sstyle=|\son[a-z]+=|hx-on|hx-vals=['\"]js:|<style|<script(?![^>]*(\ssrc=|application/json))")
ICON = re.compile(r"""{% icon ["']([a-z0-9-]+)["']|_empty\.html["'] with name=["']([a-z0-9-]+)["']""")


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(TEMPLATES)) for path in paths]


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_template_compiles(page: Path) -> None:
    get_template(str(page.relative_to(TEMPLATES)))


def test_templates_hold_no_inline_script_or_style() -> None:
    assert names([page for page in PAGES if INLINE.search(page.read_text())]) == []


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    in_templates = {name for page in PAGES for found in ICON.findall(page.read_text()) for name in found if name}
    in_python = {look.icon for look in LOOKS.values()} | {place.icon for place in PLACES}
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "vendor/icons/icons.svg").read_text()))

    assert (in_templates | in_python) - drawn == set()


def test_sprite_holds_exactly_the_icons_that_are_listed() -> None:
    drawn = re.findall(r'<symbol id="([^"]+)"', (STATIC / "vendor/icons/icons.svg").read_text())

    assert drawn == vendor.icon_names()


def test_vendored_files_name_no_source_maps() -> None:
    files = [path for path in (STATIC / "vendor").rglob("*") if path.suffix in {".js", ".css"}]

    assert [path.name for path in files if vendor.SOURCE_MAP.search(path.read_text())] == []


def test_vendored_versions_are_the_ones_asked_for() -> None:
    asked = json.loads((settings.BASE_DIR / "package.json").read_text())["devDependencies"]
    table = (STATIC / "vendor/VERSIONS.md").read_text()

    assert dict(re.findall(r"^\| \w+ \| (\S+) \| (\d\S*) \|", table, re.MULTILINE)) == asked


def test_lockfile_names_no_registry() -> None:
    packages = json.loads((settings.BASE_DIR / "package-lock.json").read_text())["packages"]

    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_each_style_sheet_of_ours_stays_small() -> None:
    lines = {path.name: len(path.read_text().splitlines()) for path in (STATIC / "css").glob("*.css")}

    assert {name: count for name, count in lines.items() if count >= 400} == {}


def stranger(request: HttpRequest) -> HttpRequest:
    request.user = AnonymousUser()
    return request


def heading(html: bytes) -> str:
    return re.sub(r"<[^>]+>", "", html.decode().partition("<h1>")[2].partition("</h1>")[0]).strip()


def test_an_unknown_address_says_what_to_do(client: Client) -> None:
    answer = client.get("/no/such/page")

    assert (answer.status_code, heading(answer.content)) == (404, "Nothing is here")


def test_a_refusal_says_why() -> None:
    refused = PermissionDenied("To publish you need the role admin.")

    answer = permission_denied(stranger(RequestFactory().get("/")), refused)

    assert answer.status_code == 403
    assert b"<p data-reason>To publish you need the role admin.</p>" in answer.content


def test_the_page_for_our_own_faults_needs_nothing_that_may_be_broken() -> None:
    answer = server_error(RequestFactory().get("/"))

    assert (answer.status_code, heading(answer.content)) == (500, "Something broke on our side")


def test_an_old_form_says_what_to_do() -> None:
    answer = csrf_failure(stranger(RequestFactory().post("/")))

    assert (answer.status_code, heading(answer.content)) == (403, "The page was too old")
