"""Segment's library for browsers, unchanged, in a real Chromium: a shop's page on an origin of its own sends to us."""

import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, Request, Route
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from accounts import api_keys
from people.models import Event, Profile, SeenMessage
from tests.people.facts import counts, summary_of
from tests.stack import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIBRARY = settings.BASE_DIR / "tests/providers/node_modules/@segment/analytics-next/dist/umd/index.js"
PAGE = '<!doctype html><html lang="en"><title>{0}</title><h1>{0}</h1><script src="/analytics.js"></script></html>'
# What a shop writes into its pages.
LOAD = """([key, host, options]) => {
  window.heard = [];
  window.analytics = AnalyticsNext.AnalyticsBrowser.load({writeKey: key, cdnURL: host}, options);
  analytics.on("error", (error) => heard.push(String(error.reason)));
  return analytics.ready().then(() => true, (error) => String(error));
}"""
ASK_UNTIL_REFUSED = """async (url) => {
  for (;;) {
    const answers = await Promise.all(Array.from({length: 9}, () => fetch(url)));
    const refused = answers.find((each) => !each.ok);
    if (refused) return [refused.status, refused.headers.get("Retry-After")];
  }
}"""
ONE_BY_ONE: dict[str, object] = {}
GUIDE = settings.BASE_DIR / "docs" / "client-libraries.md"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin of somebody's pages, with the library's own file."""
    folder: Path = tmp_path_factory.mktemp("shop")
    (folder / "analytics.js").write_bytes(LIBRARY.read_bytes())
    for name in ("index", "cart"):
        (folder / f"{name}.html").write_text(PAGE.format(name.title()))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def key(db: None) -> str:
    api_keys.known.clear()
    return api_keys.issue("Shop", ["ingest"], None)[1]


@pytest.fixture
def requests(page: Page, live_server: LiveServer) -> list[Request]:
    """What the page sends to us."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.url.startswith(live_server.url) else None)
    return sent


def open_shop(page: Page, shop: str, host: str, key: str, options: dict[str, object] = ONE_BY_ONE) -> object:
    page.goto(f"{shop}/index.html?utm_source=news&utm_medium=email&utm_campaign=autumn")
    return page.evaluate(LOAD, [key, host, options])


def batched(size: int) -> dict[str, object]:
    """Options for requests of `size` events; a smaller one waits for longer than any test lasts."""
    delivery = {"strategy": "batching", "config": {"size": size, "timeout": 600_000}}
    return {"integrations": {"Segment.io": {"deliveryStrategy": delivery}}}


def addresses(requests: list[Request]) -> list[str]:
    return [request.url.split("/v1/")[1] for request in requests if request.method == "POST"]


def has_taken(messages: int) -> None:
    wait_until(lambda: SeenMessage.objects.count() >= messages, f"{messages} messages are there")


def test_each_call_has_its_address(
    page: Page, shop: str, live_server: LiveServer, key: str, requests: list[Request]
) -> None:
    loaded = open_shop(page, shop, live_server.url, key)
    page.evaluate("""async () => {
      await analytics.page("Docs", "Home");
      await analytics.track("Viewed", {sku: "a", note: null});
      await analytics.identify("ann", {firstName: "Ann", email: "ann@example.com", birthday: new Date("1980-01-02")});
      await analytics.group("g1", {name: "Club"});
      await analytics.screen("Cart");
      await analytics.track("Charged", {Amount: 2.5});
    }""")

    assert (loaded, page.evaluate("heard"), addresses(requests)) == (True, [], ["p", "t", "i", "g", "s", "t"])
    assert {request.headers["content-type"] for request in requests if request.method == "POST"} == {"text/plain"}
    ann = Profile.objects.get()
    assert (ann.identity, ann.first_name, ann.email, str(ann.birth_date)) == (
        "ann", "Ann", "ann@example.com", "1980-01-02",
    )  # fmt: skip
    assert ann.properties == {"group_id": "g1", "group_name": "Club"}
    assert [ann.language, ann.zone] == page.evaluate(
        "[navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone]"
    )
    assert {name: count for name, (count, _, _) in summary_of("ann").items()} == {
        "Page Viewed": 1, "Viewed": 1, "Screen Viewed": 1, "Charged": 1,
    }  # fmt: skip


def test_a_visit_brings_its_page_and_its_campaign(page: Page, shop: str, live_server: LiveServer, key: str) -> None:
    open_shop(page, shop, live_server.url, key)
    page.evaluate("analytics.track('Viewed', {sku: 'a'})")

    assert Event.objects.get().properties == {
        "sku": "a", "page_url": page.url, "utm_source": "news", "utm_medium": "email", "utm_campaign": "autumn",
    }  # fmt: skip


def test_an_alias_makes_the_visitor_known(
    page: Page, shop: str, live_server: LiveServer, key: str, requests: list[Request]
) -> None:
    open_shop(page, shop, live_server.url, key)
    page.evaluate("async () => { await analytics.track('Viewed'); await analytics.alias('ann'); }")

    assert addresses(requests) == ["t", "a"]
    assert list(summary_of("ann")) == ["Viewed"]
    assert counts() == (1, 1)


def test_a_full_batch_is_one_request(
    page: Page, shop: str, live_server: LiveServer, key: str, requests: list[Request]
) -> None:
    open_shop(page, shop, live_server.url, key, batched(3))
    with page.expect_response("**/v1/b"):
        page.evaluate("""async () => {
          await analytics.track("Viewed");
          await analytics.identify("ann", {plan: "gold"});
          await analytics.page("Home");
        }""")

    assert addresses(requests) == ["b"]
    assert Profile.objects.get().properties == {"plan": "gold"}
    assert sorted(summary_of("ann")) == ["Page Viewed", "Viewed"]


def test_what_waits_for_its_batch_is_sent_when_the_page_is_left(
    page: Page, shop: str, live_server: LiveServer, key: str
) -> None:
    open_shop(page, shop, live_server.url, key, batched(10))
    page.evaluate("async () => { await analytics.track('Viewed'); await analytics.track('Charged'); }")
    assert counts() == (0, 0)

    page.goto("about:blank")
    has_taken(2)

    assert counts() == (1, 2)


def test_what_waits_for_its_batch_is_sent_when_the_tab_is_closed(
    page: Page, shop: str, live_server: LiveServer, key: str
) -> None:
    open_shop(page, shop, live_server.url, key, batched(10))
    page.evaluate("async () => { await analytics.track('Viewed'); await analytics.track('Charged'); }")

    page.close(run_before_unload=True)
    has_taken(2)

    assert counts() == (1, 2)


def test_what_we_took_and_the_browser_did_not_hear_of_counts_once(
    page: Page, shop: str, live_server: LiveServer, key: str, requests: list[Request]
) -> None:
    def take_and_break_off(route: Route) -> None:
        route.fetch()
        route.abort()

    open_shop(page, shop, live_server.url, key)
    page.route("**/v1/t", take_and_break_off, times=1)
    with page.expect_response("**/v1/t"):
        page.evaluate("analytics.track('Viewed')")

    first, second = (json.loads(request.post_data or "")["messageId"] for request in requests if "/v1/t" in request.url)
    assert (first == second, counts()) == (True, (1, 1))


def test_an_event_under_way_when_the_page_is_left_is_sent_from_the_next_page(
    page: Page, shop: str, live_server: LiveServer, key: str
) -> None:
    open_shop(page, shop, live_server.url, key)
    page.route("**/v1/t", lambda route: None, times=1)  # never answered
    with page.expect_request("**/v1/t"):
        page.evaluate("() => { analytics.track('Viewed'); }")
    page.goto(f"{shop}/cart.html")
    assert counts() == (0, 0)

    with page.expect_response("**/v1/t"):
        page.evaluate(LOAD, [key, live_server.url, ONE_BY_ONE])

    assert counts() == (1, 1)


def test_a_browser_may_read_how_long_to_wait_and_all_arrives_once(
    page: Page, shop: str, live_server: LiveServer, key: str, settings: Settings
) -> None:
    open_shop(page, shop, live_server.url, key)
    settings.KEY_REQUESTS_PER_SECOND = 1

    with page.expect_response(lambda answer: answer.status == 429):
        page.evaluate("async () => Promise.all([...'abc'].map((sku) => analytics.track('Viewed', {sku})))")
    has_taken(3)

    assert counts() == (1, 3)
    assert page.evaluate(ASK_UNTIL_REFUSED, f"{live_server.url}/v1/projects/{key}/settings") == [429, "1"]


def test_a_wrong_key_is_heard_of(page: Page, shop: str, live_server: LiveServer, key: str) -> None:
    page.goto(shop)
    settings = {"integrations": {"Segment.io": {"apiKey": "bf_wrong", "apiHost": f"{live_server.url[7:]}/v1"}}}
    own = {"integrations": {"Segment.io": {"protocol": "http"}}}
    page.evaluate(
        """async ([cdnSettings, options]) => {
          window.heard = [];
          window.analytics = AnalyticsNext.AnalyticsBrowser.load({writeKey: "bf_wrong", cdnSettings}, options);
          analytics.on("error", (error) => heard.push(String(error.reason)));
          await analytics.track("Viewed");
        }""",
        [settings, own],
    )

    assert (page.evaluate("heard"), counts()) == (["NonRetryableError: Non-retryable error: 401"], (0, 0))


def test_settings_are_for_known_keys_only(page: Page, shop: str, live_server: LiveServer, key: str) -> None:
    loaded = page.goto(shop) and page.evaluate(
        "(cdnURL) => AnalyticsNext.AnalyticsBrowser.load({writeKey: 'bf_wrong', cdnURL}).then(() => true, () => false)",
        live_server.url,
    )

    assert loaded is False


def test_nothing_is_told_to_anybody_else(page: Page, shop: str, live_server: LiveServer, key: str) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add("/".join(request.url.split("/")[:3])))
    open_shop(page, shop, live_server.url, key)
    page.evaluate("async () => { await analytics.track('Viewed'); await analytics.identify('ann'); }")

    assert asked == {shop, live_server.url}


def test_the_code_of_the_guide_works(page: Page, shop: str, live_server: LiveServer, key: str) -> None:
    [code] = re.findall(r"```html \S+\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    code = code.replace("https://belfry.example.com", live_server.url).replace("YOUR_KEY", key)
    page.goto(shop)

    with page.expect_response("**/v1/p"), page.expect_response("**/v1/i"), page.expect_response("**/v1/t"):
        page.set_content(code)

    assert Profile.objects.values_list("identity", "first_name").get() == ("4711", "Maria")
    assert sorted(summary_of("4711")) == ["Ordered", "Page Viewed"]


def test_a_beacon_is_taken(page: Page, shop: str, live_server: LiveServer, key: str) -> None:
    page.goto(shop)
    message = {"writeKey": key, "anonymousId": "cookie-1", "event": "Left", "messageId": "m1"}

    sent = page.evaluate(
        "([url, body]) => navigator.sendBeacon(url, body)", [f"{live_server.url}/v1/t", json.dumps(message)]
    )
    has_taken(1)

    assert (sent, counts()) == (True, (1, 1))
