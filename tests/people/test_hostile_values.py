"""Values that no record should have: each costs its own record, or is kept as it is; its neighbours are kept."""

import json

import pytest

from people import cleaning
from people.models import Event, EventName, Profile, PropertyName
from tests.people.facts import counts, properties_of
from tests.people.hostile import NOW_SECONDS, batch, codes, event, post, profile, track, upload

pytestmark = pytest.mark.django_db
ANYTHING: list[object] = [
    None, True, 5, -1, 1.5, "", "x", "\x00", "\ud800", [], [[]], {}, {"a": {}}, 2**63, 2**64, 10**40, -(2**70),
]  # fmt: skip


@pytest.mark.parametrize(
    "field", ["type", "identity", "objectId", "FBID", "GPID", "ts", "evtName", "evtData", "profileData", "other"]
)
def test_anything_in_any_field_of_an_upload_leaves_the_neighbours_alone(ingest_key: str, field: str):
    strange = [event(**{field: value}) for value in ANYTHING]

    answer = upload(ingest_key, event(identity="before"), *strange, event(identity="after"))

    told = answer.json()
    assert answer.status_code == 200
    assert told["processed"] + len(told["unprocessed"]) == len(ANYTHING) + 2
    assert {"before", "after"} <= set(Profile.objects.values_list("identity", flat=True))


@pytest.mark.parametrize(
    "field",
    ["type", "userId", "anonymousId", "messageId", "event", "properties", "traits", "timestamp", "originalTimestamp",
     "sentAt", "context", "name", "groupId", "previousId"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["track", "identify", "group", "page"])
def test_anything_in_any_field_of_a_message_leaves_the_neighbours_alone(ingest_key: str, kind: str, field: str):
    strange = [{**track(type=kind), field: value} for value in ANYTHING]

    answer = batch(ingest_key, track(userId="before"), *strange, track(userId="after"))

    assert answer.status_code == 200
    assert {0, len(ANYTHING) + 1} & {index for index, _ in codes(answer)} == set()
    assert {"before", "after"} <= set(Profile.objects.values_list("identity", flat=True))


@pytest.mark.parametrize(
    "record",
    [
        event(evtName="a\x00b"), event(identity="a\x00b"), event(evtData={"a\x00b": 1}), event(evtData={"a": "\x00"}),
        event(evtData={"a": {"b": ["\x00"]}}), event(identity=None, objectId="\x00"), profile(Name="\x00"),
        profile(Email="a\x00@b.co"), profile(**{"a\x00": 1}), profile(City="\x00"),
    ],
)  # fmt: skip
def test_a_nul_anywhere_costs_its_own_record(ingest_key: str, record: dict[str, object]):
    answer = upload(ingest_key, record, event(identity="bob"))

    assert (len(codes(answer)), answer.json()["processed"], counts()) == (1, 1, (1, 1))


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (NOW_SECONDS, None), (float(NOW_SECONDS), None), (NOW_SECONDS * 1000, 525), (NOW_SECONDS * 10**6, 525),
        (0, 525),
        (-1, 525), (-NOW_SECONDS, 525), (253_402_300_799, 525), (253_402_300_800, 525), (-62_135_596_800, 525),
        (-62_135_596_801, 525), (1e308, 525), (-1e308, 525), (2**63, 525), (10**100, 525), (1e-300, 525), (True, 525),
        ("1767225600", 525),
    ],
)  # fmt: skip
def test_a_time_is_seconds_since_1970_or_costs_its_own_record(ingest_key: str, seconds: object, code: int | None):
    answer = upload(ingest_key, event(ts=seconds), event(identity="bob"))

    assert codes(answer) == ([code] if code else [])
    assert Event.objects.count() == (1 if code else 2)


TIMES = [
    "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
    "0000-01-01", "10000-01-01", "-0001-01-01", "2026-02-30", "2026-01-01T25:00:00Z", "2026-01-01T00:00:60Z",
    "2026-01-01T00:00:00+99:00",
    "١٩٩٩-01-01", "T", " ", "\x00", "9" * 10_000, 253_402_300_800_000, -62_135_596_801_000, 1e308, -1e308, 10**40,
]  # fmt: skip


@pytest.mark.parametrize("field", ["timestamp", "originalTimestamp"])
def test_an_impossible_time_costs_its_own_message(ingest_key: str, field: str):
    answer = batch(ingest_key, *[track(**{field: time}) for time in TIMES], track(userId="bob"))

    assert answer.status_code == 200
    assert [index for index, _ in codes(answer)] == list(range(len(TIMES)))
    assert {code for _, code in codes(answer)} == {"bad_time", "time_out_of_range"}
    assert Event.objects.get().profile.identity == "bob"


def test_an_impossible_time_of_sending_never_fails_the_batch(ingest_key: str):
    for time in TIMES:
        body = json.dumps({"batch": [track(timestamp="2026-01-01T00:00:00Z"), track(userId="bob")], "sentAt": time})
        assert post(ingest_key, body.encode(), "/v1/batch").status_code == 200

    assert Event.objects.filter(profile__identity="bob").count() == len(TIMES)


@pytest.mark.parametrize(
    ("dob", "kept"),
    [("$D_-9000000000", False), ("$D_99999999999999", False), ("$D_nan", False), ("$D_1e400", False), ("$D_", False),
     ("0001-01-01", False), ("9" * 100_000, False), ("1980-01-02", True)],
    ids=lambda each: str(each)[:20],
)  # fmt: skip
def test_an_impossible_birth_date_costs_its_own_record(ingest_key: str, dob: str, kept: bool):
    answer = upload(ingest_key, profile(DOB=dob), event(identity="bob"))

    assert (len(codes(answer)), Profile.objects.count()) == (0 if kept else 1, 2 if kept else 1)
    assert len(answer.json()["unprocessed"][0]["error"]) < 100 if not kept else True


def test_names_of_python_and_javascript_are_names_like_others(ingest_key: str):
    names = [
        "__proto__",
        "constructor",
        "prototype",
        "__class__",
        "toString",
        "hasOwnProperty",
        "__init__",
        "$where",
        "id",
    ]
    data = dict.fromkeys(names, 1)

    answers = [upload(ingest_key, profile(**data)), upload(ingest_key, event(evtName="__proto__", evtData=data))]

    assert [answer.json()["status"] for answer in answers] == ["success", "success"]
    assert (properties_of("ann"), Event.objects.get().properties) == (data, data)


def test_names_as_long_as_a_column_are_kept_and_longer_ones_refused(ingest_key: str):
    longest = "☃" * cleaning.NAME_LENGTH

    answer = upload(
        ingest_key,
        event(evtName=longest, evtData={longest: 1}),
        event(evtName=longest + "x"),
        event(evtName="y" * 1_000_000),
        event(evtData={longest + "x": 1}),
        event(identity="é" * 600),
    )

    assert (answer.json()["processed"], codes(answer)) == (1, [512, 512, 522, 523])
    assert list(EventName.objects.values_list("name", flat=True)) == [longest]


def test_a_thousand_records_with_thousands_of_properties_each_are_refused_one_by_one(ingest_key: str):
    many = {f"p{number}": number for number in range(cleaning.PROPERTIES + 1)}

    answer = upload(ingest_key, *[event(evtData=many)] * 20, *[profile(**many)] * 20, event())

    assert (set(codes(answer)), len(codes(answer)), answer.json()["processed"]) == ({522}, 40, 1)
    assert PropertyName.objects.count() == 0


def test_one_request_brings_so_many_names_and_no_more(ingest_key: str):
    """Each record is fine; together they would fill the memory with names that nobody will ever see."""
    records = [event(identity=f"p{n}", evtData={f"{n}-{k}": 1 for k in range(900)}) for n in range(30)]

    answer = upload(ingest_key, *records, event(identity="calm"))

    assert codes(answer) == [522] * 30  # most by the limit of the request, the others by that of the catalogue
    assert Profile.objects.get().identity == "calm"


def test_numbers_beyond_the_column_cost_their_own_record(ingest_key: str):
    answer = upload(
        ingest_key, profile(Latitude=1e308), profile(Longitude=-(2**70)), profile(Latitude="١٢"), profile(Phone=10**30),
        event(evtData={"n": 2**64}), event(evtData={"n": -(2**63) - 1}), event(evtData={"n": 2**64 - 1, "m": -(2**63)}),
    )  # fmt: skip

    assert len(codes(answer)) >= 5
    assert [each.properties for each in Event.objects.all()] == [{"n": 2**64 - 1, "m": -(2**63)}]


@pytest.mark.parametrize("operation", ["$add", "$remove", "$set", "$incr", "$decr", "$delete", "$unknown"])
def test_any_operation_with_anything_leaves_the_neighbours_alone(ingest_key: str, operation: str):
    operands = [None, True, "x", 1e308, [], [[1]], [{"a": None}], {"$add": ["x"]}, 2**63]
    strange = [profile(**{name: {operation: each}}) for name in ("list", "n", "Name") for each in operands]

    answer = upload(ingest_key, profile(list=["a"], n=1), *strange, event())

    told = answer.json()
    assert (answer.status_code, Event.objects.count()) == (200, 1)
    assert told["processed"] + len(told["unprocessed"]) == len(strange) + 2
