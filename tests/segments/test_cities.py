"""Cities are found as people type them."""

import json

import pytest
from django.test import Client

from segments import cities

SAO_PAULO = {"latitude": -23.5475, "longitude": -46.6361, "name": "São Paulo"}


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Sao Paulo", "São Paulo"),
        ("são  PAULO", "São Paulo"),
        ("sao pau", "São Paulo"),
        ("lodz", "Łódź"),
        ("München", "Munich"),
        ("Londres", "London"),
        ("paris, tex", "Paris, Texas"),
        ("xi'an", "Xi’an"),
    ],
)
def test_accents_case_and_other_names_do_not_matter(typed: str, first: str) -> None:
    assert cities.search(typed)[0].label == first


def test_the_largest_come_first_with_region_and_country() -> None:
    found = cities.search("springfield")

    assert [each.label for each in found][:2] == ["Springfield, Missouri", "Springfield, Massachusetts"]
    assert found[0].where == "Missouri, United States"
    assert len(found) == cities.OFFERED


@pytest.mark.parametrize("typed", ["", "  ", ",", "\n", "\t", "|", "no such city", "x" * 10_000])
def test_nothing_is_found_of_nothing(typed: str) -> None:
    assert cities.search(typed) == []


@pytest.mark.django_db
def test_the_picker_gets_what_the_form_posts(member: Client) -> None:
    found = member.get("/segments/cities", {"q": "Sao Paulo"}).json()["cities"][0]

    assert {**found, "value": json.loads(found["value"])} == {
        "value": SAO_PAULO,
        "label": "São Paulo",
        "where": "São Paulo, Brazil",
    }


def test_every_line_can_be_read() -> None:
    lines = cities.cities().splitlines()[1:]

    assert len(lines) == 34_006
    assert all(-90 <= each.latitude <= 90 and -180 <= each.longitude <= 180 for each in map(cities.city, lines))
