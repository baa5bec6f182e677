"""The preview of a mail: the very mail that is sent, in a frame where nothing of it can run."""

from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign
from connectors.models import Connection
from people.models import Subscription
from tests import factories

pytestmark = pytest.mark.django_db

HTML = (
    "<html><head><title>x</title></head><body><p>Oi {{ profile.first_name }}</p><script>alert(1)</script></body></html>"
)
COPY = {"": [("@subject", "Hi {{ profile.first_name }}"), ("@preheader", "Just & so"), ("@html", HTML)]}


def campaign(copies: Any = COPY) -> Campaign:
    config = {"host": "127.0.0.1", "port": 1, "security": "none", "from_address": "news@shop.example.com"}
    connection = Connection.objects.create(name="Mail", kind="email", config=config)
    return factories.campaign(connection, copies=copies, state="draft")


def shown(admin: Client, made: Campaign, person: Any, **posted: str) -> str:
    return admin.post(f"/campaigns/{made.pk}/preview", {"people": str(person.pk), "place": "0", **posted}).text


def framed(admin: Client, made: Campaign, person: Any, query: str = "") -> Any:
    return admin.get(f"/campaigns/{made.pk}/preview/mail/{person.pk}{query}")


@pytest.fixture
def ana() -> Any:
    return factories.person(identity="ana", first_name="<b>Ana</b>", email="ana@example.com")


def test_subject_preheader_and_frame_are_shown(admin: Client, ana: Any) -> None:
    made = campaign()

    page = shown(admin, made, ana)

    assert "<strong>Hi &lt;b&gt;Ana&lt;/b&gt;</strong>" in page
    assert "Just &amp; so" in page
    assert f'sandbox="allow-popups" data-mail-frame="/campaigns/{made.pk}/preview/mail/{ana.pk}"' in page


def test_the_frame_can_run_nothing_and_stands_only_in_our_pages(admin: Client, ana: Any) -> None:
    answer = framed(admin, campaign(), ana)

    policy = dict(each.strip().partition(" ")[::2] for each in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["sandbox"] == "allow-popups"
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert policy["frame-ancestors"] == "'self'"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "<p>Oi &lt;b&gt;Ana&lt;/b&gt;</p>" in answer.text


def test_every_other_page_stands_in_no_frame(admin: Client, ana: Any) -> None:
    answer = admin.get(f"/campaigns/{campaign().pk}/edit/what")

    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("frame", ["desktop", "mobile", "dark"])
def test_the_chosen_frame_stays(admin: Client, ana: Any, frame: str) -> None:
    made = campaign()

    for posted in ({"frame": frame}, {"frame_kept": frame}):
        assert f'class="mail-frame mail-frame-{frame}"' in shown(admin, made, ana, **posted)


def test_the_text_part_is_shown(admin: Client, ana: Any) -> None:
    page = shown(admin, campaign(), ana, frame="text")

    assert 'aria-label="Text part">Oi &lt;b&gt;Ana&lt;/b&gt;</pre>' in page
    assert "<iframe" not in page


def test_each_frame_is_what_a_reader_who_prefers_its_scheme_sees(admin: Client, ana: Any) -> None:
    style = (
        "<style>@media (prefers-color-scheme: dark){p{color:red}}@media (prefers-color-scheme:light){p{top:0}}</style>"
    )
    made = campaign({"": [("@subject", "Hi"), ("@html", HTML.replace("<title>", f"{style}<title>"))]})

    light, dark = framed(admin, made, ana).text, framed(admin, made, ana, "?dark").text

    assert '<head><meta name="color-scheme" content="light">' in light
    assert "@media (max-width:0){p{color:red}}@media (min-width:0){p{top:0}}" in light
    assert '<head><meta name="color-scheme" content="dark">' in dark
    assert "@media (min-width:0){p{color:red}}@media (max-width:0){p{top:0}}" in dark


def test_who_unsubscribed_is_told_apart(admin: Client, ana: Any) -> None:
    Subscription.objects.create(profile=ana, channel="email", state="unsubscribed")

    page = shown(admin, campaign(), ana)

    assert "<strong>Gets nothing.</strong> The person unsubscribed from this channel." in page
    assert "<iframe" in page


def test_what_no_mail_can_be_made_from_is_said_where_the_mail_would_be(admin: Client, ana: Any) -> None:
    made = campaign({"": [("@subject", "Hi"), ("@html", "<mjml><mj-body>")]})

    assert "Copy Default, “Mail”: Line 1: &lt;mj-body&gt; is never closed." in shown(admin, made, ana)
    assert framed(admin, made, ana).status_code == 404


def test_the_line_of_what_is_wrong_is_said_at_the_code_and_beside_review(admin: Client, ana: Any) -> None:
    made = campaign({"": [("@subject", "Hi"), ("@html", "<mjml><mj-body>\n<mj-txt>A</mj-txt></mj-body></mjml>")]})
    Campaign.objects.update(state="draft")
    words = "Line 2: mj-txt is no MJML element; did you mean mj-text?"

    what = admin.get(f"/campaigns/{made.pk}/edit/what").text
    review = admin.get(f"/campaigns/{made.pk}/review").text

    assert f'<span data-field="template" data-row="4">{words}</span>' in what
    link = f'<a href="/campaigns/{made.pk}/edit/what" data-leave>What</a>'
    assert f"<li>{link}: Copy “Default”, “Mail”: {words}</li>" in review
    assert "<iframe" in shown(admin, made, ana)


def test_a_mail_that_is_too_long_only_as_html_is_said_too(admin: Client, ana: Any) -> None:
    parts = "<mj-text>Hello {{ profile.first_name }}</mj-text>" * 400
    html = f"<mjml><mj-body><mj-section><mj-column>{parts}</mj-column></mj-section></mj-body></mjml>"
    made = campaign({"": [("@subject", "Hi"), ("@html", html)]})

    assert "Copy Default, “Mail”: As it is sent: this text has" in shown(admin, made, ana)
    assert framed(admin, made, ana).status_code == 404


def test_the_picker_offers_the_link_to_unsubscribe_where_there_are_mails(admin: Client) -> None:
    link = {"source": "links", "name": "unsubscribe", "type": "text"}

    offered = [
        admin.get(f"/campaigns/{made.pk}/tokens").json()["tokens"]
        for made in (campaign(), factories.campaign(state="draft"))
    ]

    assert [link in tokens for tokens in offered] == [True, False]


def test_there_is_no_mail_of_an_export_or_for_nobody(admin: Client, ana: Any) -> None:
    assert framed(admin, factories.campaign(state="draft"), ana).status_code == 404
    assert admin.get(f"/campaigns/{campaign().pk}/preview/mail/2000000000").status_code == 404


def test_the_frame_shows_what_is_typed_and_stores_nothing(admin: Client, ana: Any) -> None:
    made = campaign()
    typed = {
        "copy": made.message.copies.get().pk, "kind": "single", "property": "language", "missing": "exclude",
        "key": ["@subject", "@html"], "template": ["Hi", "<p>Typed for {{ profile.first_name }}</p>"],
    }  # fmt: skip

    answer = admin.post(f"/campaigns/{made.pk}/preview/mail/{ana.pk}", typed)

    assert answer.text.endswith("<p>Typed for &lt;b&gt;Ana&lt;/b&gt;</p>")
    assert "sandbox allow-popups" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert made.message.copies.get().pairs == [list(pair) for pair in COPY[""]]


def test_links_of_a_preview_unsubscribe_nobody(admin: Client, ana: Any, settings: Any) -> None:
    settings.PUBLIC_URL = ""
    made = campaign({"": [("@subject", "Hi"), ("@html", "<p>{{ links.unsubscribe }}</p>")]})

    link = framed(admin, made, ana).text.partition("<p>")[2].removesuffix("</p>")
    page = Client().post(link).text

    assert "This was a test" in page
    assert not Subscription.objects.exists()
