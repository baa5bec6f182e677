"""Unsubscribing by the link in a message: at once, idempotent, by POST only, by nobody who was not given the link."""

from dataclasses import asdict
from typing import Any

import pytest
from django.test import Client

from accounts.models import AccountSettings
from people import farewell, links, unsubscribe_words, unsubscribing
from people.links import Origin
from people.models import Event, Identifier, Profile, Subscription

pytestmark = pytest.mark.django_db

MESSAGE = "5b0a1c1e-6a33-2c55-9d0c-3e0f8f6a7b21"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def origin(person: Profile, **changes: Any) -> Origin:
    known = {"profile_id": person.pk, "anonymous_id": "", "channel": "email", "message_id": MESSAGE}
    return Origin(**{**known, "campaign": 7, "run": 2, "copy": "pt-BR", **changes})


def states(channel: str = "email") -> dict[str | None, str]:
    return dict(Subscription.objects.filter(channel=channel).values_list("profile__identity", "state"))


@pytest.fixture
def maria() -> Profile:
    return Profile.objects.create(identity="maria", email="maria@example.com")


def test_one_click_unsubscribes_at_once_without_cookies_or_a_token_of_a_page(maria: Profile) -> None:
    stranger = Client(enforce_csrf_checks=True)

    answer = stranger.post(unsubscribing.path(origin(maria)), ONE_CLICK)

    assert (answer.status_code, answer.cookies) == (200, {})
    assert states() == {"maria": "unsubscribed"}
    (event,) = Event.objects.filter(name__name="Channel Unsubscribed")
    assert (event.profile_id, event.properties) == (
        maria.pk, {"Campaign Id": 7, "Run": 2, "Copy": "pt-BR", "Channel": "email"},
    )  # fmt: skip


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_follows_the_link_changes_nothing(maria: Profile, method: str) -> None:
    answer = getattr(Client(), method)(unsubscribing.path(origin(maria)))

    assert answer.status_code == 200
    assert states() == {}
    assert not Event.objects.exists()


def test_the_page_has_a_button_and_says_when_it_is_done(maria: Profile) -> None:
    client, path = Client(), unsubscribing.path(origin(maria))

    assert '<button class="btn btn-primary" type="submit">Unsubscribe</button>' in client.get(path).text
    assert "You are unsubscribed" in client.post(path).text


def test_unsubscribing_twice_is_told_once(maria: Profile) -> None:
    for _ in range(3):
        Client().post(unsubscribing.path(origin(maria)), ONE_CLICK)

    assert states() == {"maria": "unsubscribed"}
    assert Event.objects.count() == 1


def test_who_shares_the_address_is_unsubscribed_too_and_nobody_else(maria: Profile) -> None:
    Profile.objects.create(identity="twin", email="Maria@Example.com")
    Profile.objects.create(identity="other", email="other@example.com")
    Profile.objects.create(identity="none")

    Client().post(unsubscribing.path(origin(maria)))

    assert states() == {"maria": "unsubscribed", "twin": "unsubscribed"}


def test_people_without_an_address_are_not_taken_for_one(maria: Profile) -> None:
    nobody = Profile.objects.create(identity="nobody", email="")
    Profile.objects.create(identity="another", email="")

    Client().post(unsubscribing.path(origin(nobody)))

    assert states() == {"nobody": "unsubscribed"}


def test_a_suppression_stays_one(maria: Profile) -> None:
    Subscription.objects.create(profile=maria, channel="email", state="suppressed", cause="bounce")

    Client().post(unsubscribing.path(origin(maria)))

    assert states() == {"maria": "suppressed"}


def test_who_was_merged_meanwhile_is_found_by_the_anonymous_id(maria: Profile) -> None:
    gone = origin(maria, profile_id=2_000_000_000, anonymous_id="visitor-1")
    Identifier.objects.create(profile=maria, value="visitor-1")

    Client().post(unsubscribing.path(gone))

    assert states() == {"maria": "unsubscribed"}


def test_a_link_for_somebody_who_was_erased_still_answers(maria: Profile) -> None:
    path = unsubscribing.path(origin(maria))
    maria.delete()

    assert Client().post(path).status_code == 200


def test_no_link_can_be_made_or_changed(maria: Profile) -> None:
    token = links.signed(unsubscribing.PURPOSE, origin(maria))
    other = links.signed("click", origin(maria))
    forged = [other, token[:-2], token + "A", token.swapcase(), token[:22] + token[22:][::-1], "A" * 60, "é", ""]

    answers = {Client().post(f"/u/{each}").status_code for each in forged}

    assert (answers, states()) == ({404}, {})


def test_a_copy_named_over_two_lines_is_read_back_as_one(maria: Profile) -> None:
    found = links.read("x", links.signed("x", origin(maria, copy="a\nb"), "https://example.com"))

    assert found == (origin(maria, copy="a b"), ["https://example.com"])


def test_the_page_names_the_company_and_the_masked_address_and_nothing_of_ours(maria: Profile) -> None:
    AccountSettings.objects.update_or_create(pk=1, defaults={"name": "Acme <Shoes>"})
    client, path = Client(), unsubscribing.path(origin(maria))

    asked, done = client.get(path).text, client.post(path).text

    for page in (asked, done):
        assert "Acme &lt;Shoes&gt;" in page
        assert "m…@example.com" in page
        assert ("maria" in page, "Belfry" in page, 'href="/"' in page) == (False, False, False)


@pytest.mark.parametrize("channel", ["sms", "push"])
def test_of_other_channels_no_mail_address_is_shown(maria: Profile, channel: str) -> None:
    assert "…@" not in Client().get(unsubscribing.path(origin(maria, channel=channel))).text


@pytest.mark.parametrize(
    ("language", "accepted", "lang", "said"),
    [
        ("es-MX", "de", "es", "Darme de baja"),
        ("pt-BR", "", "pt", "Cancelar a inscrição"),
        ("de", "", "de", "Abmelden"),
        ("fr-CA", "", "fr", "Me désabonner"),
        ("it", "", "it", "Annulla l’iscrizione"),
        ("ja", "", "en", "Unsubscribe"),
        ("ja", "xx, fr-FR;q=0.9, en;q=0.5", "fr", "Me désabonner"),
        ("ja", "fr;q=bad", "en", "Unsubscribe"),
        (None, "tlh, de-AT;q=0.8", "de", "Abmelden"),
        (None, "", "en", "Unsubscribe"),
    ],
)
def test_the_page_speaks_the_language_of_the_person_else_of_the_browser(
    maria: Profile, language: str | None, accepted: str, lang: str, said: str
) -> None:
    Profile.objects.update(language=language)

    page = Client().get(unsubscribing.path(origin(maria)), headers={"Accept-Language": accepted}).text

    assert f'<html lang="{lang}">' in page
    assert f'<button class="btn btn-primary" type="submit">{said}</button>' in page


def test_every_language_says_everything_in_words_of_its_own() -> None:
    for words in unsubscribe_words.SPOKEN.values():
        assert all(asdict(words).values())
        same = [name for name, said in asdict(words).items() if said == getattr(unsubscribe_words.ENGLISH, name)]
        assert same in ([], list(asdict(words)))


def test_a_link_that_was_cut_off_is_answered_in_the_language_of_the_browser() -> None:
    answer = Client().get("/u/bm90LW91cnM", headers={"Accept-Language": "es"})

    assert (answer.status_code, '<html lang="es">' in answer.text, "Belfry" in answer.text) == (404, True, False)
    assert "Este enlace no funciona" in answer.text


@pytest.mark.parametrize(
    ("address", "shown"),
    [("jane@example.com", "j…@example.com"), ("j@b.co", "j…@b.co"), ("@b.co", ""), ("nobody", ""), ("", "")],
)
def test_of_an_address_its_first_letter_and_its_domain_are_shown(address: str, shown: str) -> None:
    assert farewell.masked(address) == shown
