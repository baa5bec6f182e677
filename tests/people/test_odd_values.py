"""What the page of the mapping says of odd values: which one, in which line, how many, and what it costs."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from people import imports, looking, mapping, odd_values, tasks
from people.cleaning import Refused
from people.looking import Look, Tally
from people.mapping import Column
from people.models import Import, Profile

pytestmark = pytest.mark.django_db
ONE = ": that line would be refused."


@pytest.fixture(autouse=True)
def folder_of_uploads(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def look_at(values: list[str]) -> Look:
    """Of a column whose values stand from line 2 on."""
    tally = Tally()
    for line, value in enumerate(values, start=2):
        if value:
            tally.add(value, line)
    return tally.look()


def said(values: list[str], type: str = "text", target: str = "custom") -> str:
    return odd_values.words(Column("points", target, "points", type), look_at(values))


def put(text: str | bytes) -> Import:
    content = text.encode() if isinstance(text, str) else text
    return imports.keep([content], name="a.csv", kind="profiles", by=None)


def notes(client: Client, made: Import) -> list[list[str]]:
    answer: Any = client.get(f"/people/imports/{made.pk}/mapping")
    return [list(row.notes) for row in answer.context["rows"]]


def test_a_column_of_numbers_that_is_text_says_which_value_made_it_so(creator: Client) -> None:
    odd = {4710: "n/a", 5000: "n/a", 9000: "none"}
    lines = "".join(f"p{number},{odd.get(number, number)}\n" for number in range(1, 10_000))

    made = put(f"id,points\n{lines}")

    assert mapping.columns_of(made.mapping)[1].type == "text"
    assert notes(creator, made) == [
        [],
        ["Text, because of “n/a” in line 4,711 (and 2 more). All other values are numbers."],
    ]


def test_chosen_by_hand_it_says_what_that_costs_and_the_other_lines_are_kept(creator: Client) -> None:
    made = put("id,points\nann,1\nbob,n/a\ncid,3\ndan,4\neve,5\n")
    chosen = {"target-0": "identity", "type-0": "text", "target-1": "custom", "name-1": "points", "type-1": "number"}

    note = creator.get(f"/people/imports/{made.pk}/mapping/1/note", chosen).text
    creator.post(f"/people/imports/{made.pk}/mapping", chosen)
    tasks.TASKS["people.import"](made.pk, float("inf"))

    made.refresh_from_db()
    assert "“n/a” in line 3 is no number: that line would be refused." in note
    assert list(made.refusals.values_list("line", "reason")) == [(3, "points: “n/a” is no number.")]
    assert list(Profile.objects.order_by("pk").values_list("properties", flat=True)) == [
        {"points": 1}, {"points": 3}, {"points": 4}, {"points": 5},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["1", "2", "3", "abc"], "Text, because of “abc” in line 5. All other values are numbers."),
        (["yes", "no", "no", "", "maybe"], "Text, because of “maybe” in line 6. All other values are yes or no."),
        (["2020-01-02"] * 3 + ["soon"], "Text, because of “soon” in line 5. All other values are dates."),
        (["31/12/2020"] * 3 + ["31/13/2020"], "Text, because of “31/13/2020” in line 5. All other values are dates."),
        (
            ["12", "00012", "13", "14", "15", "0100", "16", "17"],
            "Text, because of “00012” in line 3 (and 1 more): as a number it would lose the zeros at its beginning.",
        ),
        (["00012", "01234", "55555", "12345"], ""),
        (
            ["12,50", "3,00", "1,00", "n/a"],
            "Text, because of “n/a” in line 5. All other values are numbers with a decimal comma.",
        ),
        (
            ["12,50", "3,00", "1,00", "1,234"],
            "Text, because of “1,234” in line 5: as a number it would be 1.234, not 1234.",
        ),
        (["1", "x" * 60, "3", "4"], f"Text, because of “{'x' * 40}…” in line 3. All other values are numbers."),
        (["1", "2", "a", "b"], ""),
        (["red", "green", "blue"], ""),
        (["1"], ""),
        ([], ""),
    ],
)
def test_text_is_explained_where_but_a_few_values_make_it_so(values: list[str], words: str) -> None:
    assert said(values) == words


@pytest.mark.parametrize(
    ("type", "target", "values", "words"),
    [
        ("number", "custom", ["1", "x", "y"], "“x” in line 3 is no number: that line and 1 other would be refused."),
        ("number_comma", "custom", ["1,5", "x"], f"“x” in line 3 is no number with a decimal comma{ONE}"),
        ("number_comma", "custom", ["1,5", "1,234"], "“1,234” in line 3 would be 1.234, not 1234."),
        ("number", "custom", ["1", "007"], "“007” in line 3 would lose the zeros at its beginning."),
        (
            "number", "custom", ["x"] * 5000,
            "“x” in line 2 is no number: that line and at least 99 others would be refused.",
        ),
        ("boolean", "custom", ["1", "0", "y", "2"], f"“2” in line 5 is neither yes nor no{ONE}"),
        ("date", "custom", ["1.2.2020"], f"“1.2.2020” in line 2 is no date written year-month-day{ONE}"),
        ("date_mdy", "custom", ["31/12/2020"], f"“31/12/2020” in line 2 is no date written month/day/year{ONE}"),
        ("text", "birth_date", ["20000102", "never"], f"“never” in line 3 is no date written year-month-day{ONE}"),
        ("date_dmy", "birth_date", ["1.2.2000", "x"], f"“x” in line 3 is no date written day/month/year{ONE}"),
        ("text", "consent:email", ["yes", "perhaps"], f"“perhaps” in line 3 is neither yes nor no{ONE}"),
        ("number", "", ["x"], ""),
        ("number", "name", ["x"], ""),
        ("list", "custom", ["x"], ""),
    ],
)  # fmt: skip
def test_a_choice_says_which_lines_it_would_cost(type: str, target: str, values: list[str], words: str) -> None:
    assert said(values, type, target) == words


def test_what_is_said_to_be_refused_is_refused_and_nothing_else_is() -> None:
    values = ["1", "0", "y", "01", "1e3", "1e999", "2020-01-02", "2020-02-30", "3/4/2020", "13/4/2020", "4.13.2020",
              "29/2/2021", "1-2-2020", "1-2/2020", "٣", "+5", "x", "2020-01-02T10:00", "a;b", "TRUE", "∞", "12,50",
              "1.234,50", "1.23,4", "1,2,3", ",5", "-1.234.567,8", "1,"]  # fmt: skip
    for type in ("number", "number_comma", "boolean", "date", "date_dmy", "date_mdy", "text", "list"):
        column = Column("c", "custom", "c", type)
        told = {value for value in values if type in look_at([value]).odd}

        assert told == {value for value in values if is_refused(column, value)}


def is_refused(column: Column, value: str) -> bool:
    try:
        mapping.typed(column, value)
    except Refused:
        return True
    return False


def test_numbers_with_a_decimal_comma_are_read_as_a_spreadsheet_in_europe_writes_them() -> None:
    made = put("id;spent\na;12,50\nb;3,00\nc;1.234,50\nd;7\ne;-1.000\n")
    imports.start(made, mapping.columns_of(made.mapping), "")
    tasks.TASKS["people.import"](made.pk, float("inf"))

    assert mapping.columns_of(made.mapping)[1].type == "number_comma"
    assert list(Profile.objects.order_by("pk").values_list("properties", flat=True)) == [
        {"spent": 12.5}, {"spent": 3}, {"spent": 1234.5}, {"spent": 7}, {"spent": -1000},
    ]  # fmt: skip


def test_a_birth_date_is_guessed_as_most_of_its_values_are_written(creator: Client) -> None:
    made = put("id,birth_date\na,13/12/2000\nb,never\nc,14/12/2000\n")

    assert mapping.columns_of(made.mapping)[1].type == "date_dmy"
    assert notes(creator, made)[1] == [
        "“never” in line 3 is no date written day/month/year: that line would be refused."
    ]


def test_lines_count_as_in_the_file_also_over_quoted_ones(creator: Client) -> None:
    made = put('id,note,points\na,"two\nlines",1\n\nb,x,2\nc,x,3\nd,x,odd\n')

    assert notes(creator, made)[2] == ["Text, because of “odd” in line 7. All other values are numbers."]


def test_of_a_long_file_the_beginning_is_looked_at_and_the_page_says_so(
    creator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "CELLS", 2000)  # in two columns
    exact = put("id,points\n" + "a,1\n" * 1000)
    longer = put("id,points\n" + "a,1\n" * 1000 + "b,odd\n")

    assert [made.mapping["looked_at"] for made in (exact, longer)] == [0, 1000]
    assert mapping.columns_of(longer.mapping)[1].type == "number"
    assert "guessed from names and the first 1,000 lines;" in creator.get(f"/people/imports/{longer.pk}/mapping").text


def test_a_wide_file_is_looked_at_for_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "BYTES", 4000)

    assert put("id,points\n" + "a,1\n" * 1500).mapping["looked_at"] == 1000


@pytest.mark.parametrize("value", ["a\x00b", "\ud83d"])
def test_an_odd_value_that_cannot_be_stored_is_told_all_the_same(creator: Client, value: str) -> None:
    made = put(f"id,points\na,1\nb,{value}\nc,2\nd,3\n".encode(errors="surrogatepass"))

    assert notes(creator, made)[1][0].startswith("Text, because of “")


def test_an_odd_value_is_only_text_on_the_page(creator: Client) -> None:
    made = put("id,points\na,1\nb,<script>alert(1)</script>\nc,2\nd,3\n")

    page = creator.get(f"/people/imports/{made.pk}/mapping").text

    assert "“&lt;script&gt;alert(1)&lt;/script&gt;” in line 3" in page
    assert "<script>alert" not in page


def test_once_it_is_started_no_value_of_the_file_stays_with_the_import(creator: Client) -> None:
    content = b"id,points\na,1\nb,secret\nc,2\nd,3\n"
    creator.post("/people/imports/new", {"kind": "profiles", "file": SimpleUploadedFile("a.csv", content)})
    made = Import.objects.get()
    assert "secret" in str(made.mapping)

    imports.start(made, mapping.columns_of(made.mapping), "")

    assert "secret" not in str(Import.objects.get().mapping)


def test_a_file_put_aside_before_anybody_looked_is_mapped_without_a_word(creator: Client) -> None:
    made = put("id,points\na,1\nb,x\nc,2\nd,3\n")
    Import.objects.update(mapping={name: made.mapping[name] for name in ("delimiter", "columns")})

    assert notes(creator, made) == [[], []]
