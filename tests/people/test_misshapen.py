"""What is wrong with the shape of a record is said in words, whatever msgspec finds."""

import datetime
import decimal
import enum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from people.misshapen import said


class Deed(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class Colour(enum.Enum):
    RED = "red"


class Shape(msgspec.Struct):
    """One field for each kind of thing that can be wrong."""

    ts: int | float | None = None
    age: int | None = None
    id: str | int | float | None = None
    name: str = ""
    is_new: bool = False
    nothing: None = None
    of: dict[str, object] | None = None
    counts: dict[str, int] | None = None
    by_number: dict[int, int] | None = None
    tags: list[str] | None = None
    deeds: list[Deed] | None = None
    deep: dict[str, list[dict[str, int]]] | None = None
    pair: tuple[int, int] | None = None
    least: Annotated[int, Meta(ge=3)] = 3
    below: Annotated[float, Meta(lt=2)] = 1.0
    above: Annotated[float, Meta(gt=2)] = 3.0
    most: Annotated[int, Meta(le=3)] = 3
    even: Annotated[int, Meta(multiple_of=2)] = 2
    short: Annotated[str, Meta(max_length=2)] = ""
    some: Annotated[list[int], Meta(min_length=1)] | None = None
    word: Annotated[str, Meta(pattern="^a")] = "a"
    colour: Colour = Colour.RED
    kind: Literal["x", "y"] = "x"
    at: datetime.datetime | None = None
    zoned: Annotated[datetime.datetime, Meta(tz=True)] | None = None
    local: Annotated[datetime.datetime, Meta(tz=False)] | None = None
    day: datetime.date | None = None
    clock: datetime.time | None = None
    lasting: datetime.timedelta | None = None
    uuid: UUID | None = None
    amount: decimal.Decimal | None = None
    content: bytes = b""


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"ts": "noon"}, "ts", "ts must be a number, not a text."),
        ({"age": "old"}, "age", "age must be a whole number, not a text."),
        ({"age": 1.5}, "age", "age must be a whole number, not a number with a decimal point."),
        ({"id": []}, "id", "id must be a number or a text, not a list."),
        ({"name": None}, "name", "name must be a text, not null."),
        ({"name": True}, "name", "name must be a text, not true or false."),
        ({"name": 5}, "name", "name must be a text, not a number."),
        ({"is_new": "yes"}, "is_new", "is_new must be true or false, not a text."),
        ({"nothing": {}}, "nothing", "nothing must be null, not an object."),
        ({"of": "x"}, "of", "of must be an object, not a text."),
        ({"tags": {}}, "tags", "tags must be a list, not an object."),
        ({"tags": ["a", 5]}, "tags[1]", "tags[1] must be a text, not a number."),
        ({"deeds": [{"name": 5}]}, "deeds[0].name", "deeds[0].name must be a text, not a number."),
        ({"deeds": [{}]}, "deeds[0]", "deeds[0].name is missing."),
        ({"deeds": [{"name": "a", "size": 1}]}, "deeds[0]", "deeds[0].size is not known here."),
        ({"counts": {"a": "b"}}, "counts[...]", "A value in counts must be a whole number, not a text."),
        ({"counts": {1: 1}}, "counts", "A name in counts must be a text, not a number."),
        ({"by_number": {"a": 1}}, "by_number", "A name in by_number must be a whole number, not a text."),
        (
            {"deep": {"a": [{"b": "c"}]}},
            "deep[...][0][...]",
            "A value in deep[...][0] must be a whole number, not a text.",
        ),
        ({"pair": [1]}, "pair", "pair must have 2 entries, not 1."),
        ({"least": 1}, "least", "least must be at least 3."),
        ({"below": 3.0}, "below", "below must be less than 2.0."),
        ({"above": 1.0}, "above", "above must be more than 2.0."),
        ({"most": 5}, "most", "most must be at most 3."),
        ({"even": 3}, "even", "even must be a multiple of 2."),
        ({"short": "abc"}, "short", "short must have at most 2 characters."),
        ({"some": []}, "some", "some must have at least 1 entries."),
        ({"word": "b"}, "word", "word must be a text that fits '^a'."),
        ({"colour": "blue\n"}, "colour", "colour may not be 'blue\\n'."),
        ({"kind": "z"}, "kind", "kind may not be 'z'."),
        ({"at": "noon"}, "at", "at must be a time in ISO 8601."),
        ({"at": 5}, "at", "at must be a time in ISO 8601, not a number."),
        ({"zoned": "2026-01-01T00:00:00"}, "zoned", "zoned must be a time in ISO 8601 with its time zone."),
        ({"local": "2026-01-01T00:00:00Z"}, "local", "local must be a time in ISO 8601 without a time zone."),
        ({"day": "x"}, "day", "day must be a date in ISO 8601."),
        ({"clock": "x"}, "clock", "clock must be a time of day in ISO 8601."),
        ({"lasting": "x"}, "lasting", "lasting must be a duration in ISO 8601."),
        ({"lasting": "P1Y"}, "lasting", "lasting must be a duration in days, hours, minutes and seconds."),
        ({"lasting": "P99999999999D"}, "lasting", "lasting is out of range."),
        ({"uuid": "x"}, "uuid", "uuid must be a UUID."),
        ({"amount": "x"}, "amount", "amount must be a number."),
        ({"content": "%"}, "content", "content must be a text in base64."),
        ("text", "", "The record must be an object, not a text."),
        (None, "", "The record must be an object, not null."),
    ],
)
def test_each_kind_of_wrong_shape_names_its_field(given: object, field: str, sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(given, Shape)

    assert said(str(caught.value)) == (field, sentence)


def test_a_list_of_records_names_the_place() -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert([{}], list[Deed])

    assert said(str(caught.value)) == ("[0]", "[0].name is missing.")


@pytest.mark.parametrize("bound", ["at least length 2", "at most length 2", "length 1 to 2"])
def test_the_length_of_a_list_is_said(bound: str) -> None:
    words = bound.replace("length ", "")

    assert said(f"Expected `array` of {bound}, got 3 - at `$.x`") == ("x", f"x must have {words} entries, not 3.")


@pytest.mark.parametrize(
    "message", ["Something new", "Something new - at `$.x`", "Expected `Colour`, got `int` - at `$.x`"]
)
def test_what_is_not_known_stays_as_it_is(message: str) -> None:
    assert said(message).sentence == message
