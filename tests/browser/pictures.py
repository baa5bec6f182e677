"""Takes the README's pictures anew: `python -m tests.browser.pictures`, with the demo in a database of its own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps an event loop in this thread
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402
from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

from accounts.models import User  # noqa: E402
from campaigns.models import Campaign  # noqa: E402
from config.install import browser  # noqa: E402
from operations import demo  # noqa: E402
from tests.stack import Stack, installation  # noqa: E402

FOLDER = settings.BASE_DIR / "docs" / "images"
SIZE = {"width": 1440, "height": 900}
PATIENCE = 120_000  # milliseconds


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, prepared(Path(folder)) as stack, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
        page = chromium.new_page(base_url=stack.address, viewport=SIZE, color_scheme="light")  # type: ignore[arg-type]  # the size has both
        page.context.add_cookies([{"name": "sessionid", "value": session(), "url": stack.address}])
        take_report(page)
        take_editor(page)
        chromium.close()


@contextmanager
def prepared(folder: Path) -> Iterator[Stack]:
    """The installation that `make run` makes, with its example sent."""
    var = {"BELFRY_VAR": str(folder / "var"), "BELFRY_SECRET_KEY": settings.SECRET_KEY}
    with installation(folder, DJANGO_SETTINGS_MODULE="config.settings", **var) as stack:
        stack.start("collectstatic", "--noinput", "--skip-checks").wait()
        call_command("load_cdnow")
        User.objects.filter(is_superuser=True).update(username="maria")
        demo.send_example(by=User.objects.get(username="maria"), now=timezone.now())
        stack.start_workers()
        stack.start_web()
        yield stack


def session() -> str:
    client = Client()
    client.force_login(User.objects.get(username="maria"), backend=settings.AUTHENTICATION_BACKENDS[1])
    return client.cookies["sessionid"].value


def take_report(page: Page) -> None:
    page.goto(f"/campaigns/{Campaign.objects.get(name=demo.EXAMPLE).pk}/")
    expect(page.locator("#campaign-state")).to_have_text("Completed", timeout=PATIENCE)
    expect(page.locator(".chart-canvas svg")).to_be_visible()
    page.screenshot(path=FOLDER / "report.png")


def take_editor(page: Page) -> None:
    page.goto(f"/campaigns/{Campaign.objects.get(name=demo.CAMPAIGN).pk}/edit/what")
    page.get_by_role("link", name="Spanish (es)").click()
    expect(page.locator(".payload")).to_contain_text("te echamos de menos")
    expect(page.locator(".reach-how")).to_contain_text("exact")
    expect(page.locator(".tab[aria-current] .tab-count")).not_to_be_empty()
    page.screenshot(path=FOLDER / "editor.png")


if __name__ == "__main__":
    main()
