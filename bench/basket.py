"""Segments of every family, each with the best SQL we know for it by hand, to be held against what the compiler makes.

The SQL by hand knows what the data is like, and what the schema promises: whoever is in the summary exists, while a
merge can leave rows of the ledger without a person.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

Json = dict[str, Any]
FREQUENT, THIRD = "App Launched", "Product Viewed"  # the most frequent event of `generate`, and the third
LIST, SEGMENT, CAMPAIGN = "Bench list", "Bench segment", "Bench campaign 1"
SAO_PAULO = {"latitude": -23.5505, "longitude": -46.6333, "name": "São Paulo"}
BERLIN = {"latitude": 52.52, "longitude": 13.405, "name": "Berlin"}
SYDNEY = {"latitude": -33.8688, "longitude": 151.2093, "name": "Sydney"}


@dataclass(frozen=True)
class Case:
    """`sql` counts the people of the rule; `goal` is in milliseconds, None where only the ratio matters."""

    name: str
    of: list[Json]
    sql: LiteralString
    goal: float | None = None

    @property
    def rule(self) -> Json:
        return {"version": 1, "rule": {"all": self.of}}


def did(event: str | list[Json], days: int | None, **more: Any) -> Json:
    period = {"last": days, "unit": "days"} if days else "ever"
    return {"did": event, "period": period, **more}


def any_of(*events: str) -> list[Json]:
    return [{"event": event} for event in events]


def did_not(event: str, days: int | None) -> Json:
    return {"did_not": event, "period": {"last": days, "unit": "days"} if days else "ever"}


def interest(event: str, days: int) -> Json:
    return {"interest": event, "period": {"last": days, "unit": "days"}}


def having(name: str, kind: str, operator: str, value: object) -> Json:
    return {"property": name, "type": kind, "operator": operator, "value": value}


def at_least(number: float) -> Json:
    return {"operator": "greater_than_equals", "value": number}


def more_than(number: float, name: str) -> Json:
    return {"property": name, "operator": "greater_than", "value": number}


COAT = having("category", "text", "equals", ["coat"])


BEHAVIOUR = [
    Case(
        "did X in the last 30 days",
        [did(THIRD, 30)],
        "SELECT count(*) FROM people_profileevent WHERE name_id = {product_viewed} AND last_at >= {days30}",
        100,
    ),
    Case(
        "did X where property = v in 30 days",
        [did(THIRD, 30, where=[COAT])],
        """
            SELECT count(*) FROM (
                SELECT DISTINCT profile_id FROM people_event
                WHERE name_id = {product_viewed} AND at >= {days30} AND properties ->> 'category' = 'coat') found
            """,
        300,
    ),
    Case(
        "did A, not B in 7 days",
        [did("Added To Cart", 7), did_not("Charged", 7)],
        """
            SELECT count(*) FROM people_profileevent a
            WHERE a.name_id = {added_to_cart} AND a.last_at >= {days7} AND NOT EXISTS (
                SELECT FROM people_profileevent b
                WHERE b.profile_id = a.profile_id AND b.name_id = {charged} AND b.last_at >= {days7})
            """,
        200,
    ),
    Case(
        "has not done X in 30 days",
        [did_not(THIRD, 30)],
        """
            SELECT (SELECT count(*) FROM people_profile) - (
                SELECT count(*) FROM people_profileevent WHERE name_id = {product_viewed} AND last_at >= {days30})
            """,
        500,
    ),
    Case(
        "first Charged within 30 days",
        [did("Charged", 30, which="first")],
        "SELECT count(*) FROM people_profileevent WHERE name_id = {charged} AND first_at >= {days30}",
    ),
    Case(
        "did any of three, 3 times in 14 days",
        [did(any_of("Searched", "Coupon Viewed", "Shared"), 14, count=at_least(3))],
        """
            SELECT count(*) FROM (
                SELECT profile_id FROM people_event
                WHERE name_id IN ({searched}, {coupon_viewed}, {shared}) AND at >= {days14}
                GROUP BY profile_id HAVING count(*) >= 3) found
            """,
    ),
    Case(
        "bought a hat (item of a list) in 60 days",
        [did("Charged", 60, where=[{**having("Items", "text", "equals", ["hat"]), "item": "category"}])],
        """
            SELECT count(*) FROM (
                SELECT DISTINCT profile_id FROM people_event
                WHERE name_id = {charged} AND at >= {days60} AND properties @> '{{"Items": [{{"category": "hat"}}]}}'
            ) found
            """,
    ),
]


AMOUNTS = [
    Case(
        "most frequent event ≥ 5 times in 30 days",
        [did(FREQUENT, 30, count=at_least(5))],
        """
            SELECT count(*) FROM (
                SELECT profile_id FROM people_event WHERE name_id = {app_launched} AND at >= {days30}
                GROUP BY profile_id HAVING count(*) >= 5) found
            """,
        1000,
    ),
    Case(
        "sum over 90 days > n",
        [did("Charged", 90, sum=more_than(100, "Amount"))],
        """
            SELECT count(*) FROM (
                SELECT profile_id FROM people_event WHERE name_id = {charged} AND at >= {days90}
                GROUP BY profile_id
                HAVING sum(CASE jsonb_typeof(properties -> 'Amount') WHEN 'number'
                           THEN (properties -> 'Amount')::numeric END) > 100) found
            """,
        1000,
    ),
    Case(
        "average over 90 days > n",
        [did("Charged", 90, average=more_than(40, "Amount"))],
        """
            SELECT count(*) FROM (
                SELECT profile_id FROM people_event WHERE name_id = {charged} AND at >= {days90}
                GROUP BY profile_id
                HAVING avg(CASE jsonb_typeof(properties -> 'Amount') WHEN 'number'
                           THEN (properties -> 'Amount')::numeric END) > 40) found
            """,
    ),
    Case(
        "did Charged 3 times ever",
        [did("Charged", None, count=at_least(3))],
        "SELECT count(*) FROM people_profileevent WHERE name_id = {charged} AND count >= 3",
    ),
]


HABITS = [
    Case(
        "evenings of weekends, 30 days",
        [did("Video Played", 30, hours={"from": "18:00", "to": "23:00"}, weekdays=[6, 7])],
        """
            SELECT count(*) FROM (
                SELECT DISTINCT e.profile_id FROM people_event e
                JOIN people_profile p ON p.id = e.profile_id
                CROSS JOIN LATERAL (SELECT e.at AT TIME ZONE COALESCE(p.zone, {zone}) AS at OFFSET 0) local
                WHERE e.name_id = {video_played} AND e.at >= {days30}
                  AND EXTRACT(ISODOW FROM local.at) >= 6
                  AND local.at::time >= '18:00' AND local.at::time < '23:00') found
            """,
    ),
    Case(
        "predominantly coats, 30 days",
        [{**interest(THIRD, 30), "predominantly": True, "of": {"property": "category", "values": ["coat"]}}],
        """
            SELECT count(*) FROM (
                SELECT profile_id FROM (
                    SELECT profile_id, properties ->> 'category' AS category, count(*) AS times FROM people_event
                    WHERE name_id = {product_viewed} AND at >= {days30}
                      AND jsonb_typeof(properties -> 'category') = 'string'
                    GROUP BY 1, 2) each
                GROUP BY profile_id HAVING max(times) FILTER (WHERE category = 'coat') = max(times)) found
            """,
    ),
    Case(
        "at least half in the evening, 14 days",
        [{**interest(FREQUENT, 14), "at_least": 50, "of": {"hours": {"from": "18:00", "to": "22:00"}}}],
        """
            SELECT count(*) FROM (
                SELECT e.profile_id FROM people_event e JOIN people_profile p ON p.id = e.profile_id
                WHERE e.name_id = {app_launched} AND e.at >= {days14}
                GROUP BY e.profile_id
                HAVING 2 * count(*) FILTER (
                    WHERE EXTRACT(HOUR FROM e.at AT TIME ZONE COALESCE(p.zone, {zone})) BETWEEN 18 AND 21
                ) >= count(*)) found
            """,
    ),
]


PEOPLE = [
    Case(
        "user properties of four types",
        [
            having("plan", "text", "equals", ["gold"]),
            having("points", "number", "greater_than", 20),
            {"property": "newsletter", "type": "boolean", "operator": "is_true"},
            having("interests", "list", "any_of", ["jazz", "soul"]),
        ],
        """
            SELECT count(*) FROM people_profile
            WHERE properties ->> 'plan' = 'gold' AND properties -> 'newsletter' = 'true'
              AND properties -> 'interests' ?| '{{jazz,soul}}'
              AND CASE jsonb_typeof(properties -> 'points') WHEN 'number'
                  THEN (properties -> 'points')::numeric > 20 END
            """,
    ),
    Case(
        "member for years this week, name contains “son”",
        [
            having("member_since", "date", "anniversary_next_days", 7),
            having("name", "text", "contains", "son"),
        ],
        """
            SELECT count(*) FROM people_profile
            WHERE strpos(lower(name COLLATE "C"), 'son') > 0
              AND substr(properties ->> 'member_since', 6, 5) = ANY ({week_days})
            """,
    ),
    Case(
        "women of 25 to 35 in Brazil",
        [
            {"age": {"operator": "between", "value": [25, 35]}},
            having("gender", "text", "equals", ["F"]),
            having("country", "text", "equals", ["Brazil"]),
        ],
        """
            SELECT count(*) FROM people_profile
            WHERE country = 'Brazil' AND gender = 'F'
              AND birth_date BETWEEN {born_after} AND {born_by}
            """,
    ),
    Case(
        "within 100 km of two cities",
        [{"near": [BERLIN, SYDNEY], "metres": 100_000}],
        """
            SELECT count(*) FROM people_profile
            WHERE latitude BETWEEN 51.6 AND 53.45 AND longitude BETWEEN 11.8 AND 15.0
              AND 2 * 6371008.8 * asin(sqrt(
                  sin(radians(latitude - 52.52) / 2) ^ 2 + cos(radians(latitude)) * cos(radians(52.52))
                  * sin(radians(longitude - 13.405) / 2) ^ 2)) <= 100000
               OR latitude BETWEEN -34.8 AND -32.9 AND longitude BETWEEN 150.0 AND 152.4
              AND 2 * 6371008.8 * asin(sqrt(
                  sin(radians(latitude + 33.8688) / 2) ^ 2 + cos(radians(latitude)) * cos(radians(-33.8688))
                  * sin(radians(longitude - 151.2093) / 2) ^ 2)) <= 100000
            """,
    ),
]


REACH_AND_MESSAGES = [
    Case(
        "subscribed to e-mail, no texts",
        [{"channel": "email", "is": "subscribed"}, {"none": [{"channel": "sms", "is": "subscribed"}]}],
        """
            SELECT count(*) FROM people_subscription e
            WHERE e.channel = 'email' AND e.state = 'subscribed' AND NOT EXISTS (
                SELECT FROM people_subscription s
                WHERE s.profile_id = e.profile_id AND s.channel = 'sms' AND s.state = 'subscribed')
            """,
    ),
    Case(
        "app version above 9.8 on Android",
        [
            {
                "device": [
                    having("app_version", "version", "greater_than", "9.8"),
                    having("platform", "text", "equals", ["android"]),
                ]
            }
        ],
        """
            SELECT count(*) FROM (
                SELECT DISTINCT profile_id FROM people_device
                WHERE platform = 'android' AND app_version IN (
                    SELECT app_version FROM (SELECT DISTINCT app_version FROM people_device OFFSET 0) each
                    WHERE string_to_array(regexp_replace(substring(app_version FROM '^[vV]?([0-9]+(?:[.][0-9]+)*)'),
                                                         '(?:[.]0+)+$', ''), '.')::numeric[] > '{{9,8}}')) found
            """,
    ),
    Case(
        "got one campaign, never held out",
        [
            did("Notification Sent", 30, where=[having("Campaign name", "text", "equals", [CAMPAIGN])]),
            did_not("Control Group", None),
        ],
        """
            SELECT count(*) FROM people_profile p
            WHERE p.id IN (
                SELECT profile_id FROM campaigns_delivery
                WHERE message_id = {message} AND state = 'accepted' AND recorded_at >= {days30})
              AND NOT EXISTS (
                SELECT FROM campaigns_delivery w WHERE w.profile_id = p.id AND w.state = 'excluded'
                  AND w.reason IN ('system_control_group', 'custom_control_group', 'campaign_control_group'))
            """,
    ),
    Case(
        "got any 3 messages",
        [did("Notification Sent", None, count=at_least(3))],
        """
            SELECT count(*) FROM people_profile WHERE id IN (
                SELECT profile_id FROM campaigns_delivery WHERE state = 'accepted'
                GROUP BY profile_id HAVING count(*) >= 3)
            """,
    ),
]


def basket(segment: int, custom_list: int, season: date) -> list[Case]:
    """`segment` and `custom_list` are the ids of SEGMENT and LIST; the season has begun on that day."""
    plain = [*BEHAVIOUR, *AMOUNTS, *HABITS, *PEOPLE, *REACH_AND_MESSAGES]
    return [*plain, membership(segment, custom_list), combination(season)]


def membership(segment: int, custom_list: int) -> Case:
    return Case(
        "half of all in a list, not in a segment",
        [
            {"bucket": {"from": 0, "to": 499}},
            {"list": custom_list, "is": "in"},
            {"segment": segment, "is": "not_in"},
        ],
        """
            SELECT count(*) FROM people_profile p
            WHERE bucket <= 499 AND (language IN ('es', 'pt')) IS NOT TRUE AND EXISTS (
                SELECT FROM segments_listmember m WHERE m.upload_id = {upload} AND m.profile_id = p.id)
            """,
    )


def combination(season: date) -> Case:
    """Bought coats twice in the season, none of late, speaks Spanish or Portuguese, lives near, can be pushed to."""
    return Case(
        "a combination of five conditions",
        [
            {"did": "Charged", "where": [COAT], "period": {"from": season.isoformat()}, "count": at_least(2)},
            did_not("Charged", 30),
            having("language", "text", "equals", ["es", "pt"]),
            {"near": [SAO_PAULO], "metres": 50_000},
            {"channel": "push", "is": "reachable"},
        ],
        """
        SELECT count(*) FROM people_profile p
        WHERE language IN ('es', 'pt')
          AND latitude BETWEEN -24.01 AND -23.09 AND longitude BETWEEN -47.13 AND -46.13
          AND 2 * 6371008.8 * asin(sqrt(
              sin(radians(latitude + 23.5505) / 2) ^ 2 + cos(radians(latitude)) * cos(radians(-23.5505))
              * sin(radians(longitude + 46.6333) / 2) ^ 2)) <= 50000
          AND EXISTS (SELECT FROM people_device d WHERE d.profile_id = p.id AND d.token <> '')
          AND NOT EXISTS (SELECT FROM people_subscription s WHERE s.profile_id = p.id AND s.channel = 'push'
                            AND s.state IN ('unsubscribed', 'suppressed'))
          AND NOT EXISTS (SELECT FROM people_profileevent s WHERE s.profile_id = p.id AND s.name_id = {charged}
                            AND s.last_at >= {days30})
          AND p.id IN (SELECT profile_id FROM people_event WHERE name_id = {charged} AND at >= {season}
                         AND properties ->> 'category' = 'coat' GROUP BY profile_id HAVING count(*) >= 2)
        """,
        1500,
    )
