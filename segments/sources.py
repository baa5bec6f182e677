"""Where the events of a deed are found: people_event, or the relation that another app registered for the name."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.sql import SQL, Composable, Identifier, Literal

from people.registry import EventRelation, event_relation
from segments import operators
from segments.context import Bounds, Context, among, bounds
from segments.operands import Operand, json_operand
from segments.scope import Scope
from segments.sets import FALSE, conjunction, disjunction
from segments.tree import Deed, Hours, Period, Property, Type, Weekdays

PROFILE = SQL("e.profile_id")
DAY, WEEK = 24 * 60, 7 * 24 * 60  # minutes
THURSDAY, EVERY_DAY = 4, range(1, 8)
ONE_OF_KEYS = SQL("{of_event} = ANY (ARRAY (SELECT {of_lookup} FROM {relation} l WHERE {condition}))")
# what a lookup does not know, the event lacks
NOT_ONE_OF_KEYS = SQL(
    "({of_event} = ANY (ARRAY (SELECT {of_lookup} FROM {relation} l WHERE ({condition}) IS NOT TRUE))) IS NOT TRUE"
)


@dataclass(frozen=True, slots=True)
class When:
    """Which of a person's events: within `limits`, at these hours and on these days of the person's own clock."""

    limits: Bounds
    hours: Hours | None = None
    weekdays: Weekdays = ()

    @property
    def is_local(self) -> bool:
        return self.hours is not None or bool(self.weekdays)


def when(period: Period, hours: Hours | None, weekdays: Weekdays, context: Context) -> When:
    """Without hours that are the whole day and weekdays that are the whole week."""
    return When(
        bounds(period, context),
        None if hours and hours.start == hours.end else hours,
        () if len(set(weekdays)) == len(EVERY_DAY) else weekdays,
    )


def events(
    deeds: Sequence[Deed],
    at: When,
    scope: Scope,
    *,
    columns: Sequence[Composable] = (),
    local: bool = False,
) -> Composable:
    """A SELECT of profile_id and of `columns` of every event of the deeds, once even where it is one of two deeds.

    `columns` may be of e.at and e.properties and, where it is `local`, `hour` or `weekday`. Indexes: event_by_name
    (name_id, at) INCLUDE (profile_id) for sets, read without the table where no property is asked for;
    event_by_profile (profile_id, name_id, at) for one person.
    """
    found = [branch_sql(each, at, scope, columns, local or at.is_local) for each in branches(deeds, scope)]
    return SQL(" UNION ALL ").join(found)


@dataclass(frozen=True, slots=True)
class Branch:
    """Events of one relation; of `wheres` one has to hold, unless there is none."""

    relation: EventRelation | None
    named: list[Composable]
    wheres: Sequence[tuple[Property, ...]] = ()


def branches(deeds: Sequence[Deed], scope: Scope) -> list[Branch]:
    """No event is in two of them."""
    wheres: dict[str, list[tuple[Property, ...]]] = {}
    for deed in deeds:
        wheres.setdefault(deed.event, []).append(deed.where)
    plain = [name for name, where in wheres.items() if () in where and not event_relation(name)]
    found = [Branch(None, named(plain, scope))] if plain else []
    for name, where in wheres.items():
        if relation := event_relation(name):
            found.append(Branch(relation, [], () if () in where else where))
        elif name not in plain:
            found.append(Branch(None, named([name], scope), where))
    return found


def named(names: Sequence[str], scope: Scope) -> list[Composable]:
    ids = [Literal(scope.events[name]) for name in names if name in scope.events]
    if len(ids) == 1:
        return [SQL("e.name_id = {}").format(ids[0])]
    return [SQL("e.name_id IN ({})").format(SQL(", ").join(ids)) if ids else FALSE]


def branch_sql(branch: Branch, at: When, scope: Scope, columns: Sequence[Composable], local: bool) -> Composable:
    context = scope.context
    found = [
        *branch.named,
        *within(at.limits),
        *any_of_wheres(branch, context),
        *on_the_clock(at, context),
        *among(context.people, PROFILE),
    ]
    return SQL("SELECT {} FROM {} e{} WHERE {}").format(
        SQL(", ").join([PROFILE, *columns]),
        branch.relation.relation if branch.relation else SQL("people_event"),
        zone_join(context) if local else SQL(""),
        conjunction(found),
    )


def within(limits: Bounds) -> list[Composable]:
    found: list[Composable] = []
    if limits.start:
        found.append(SQL("e.at >= {}").format(Literal(limits.start)))
    if limits.end:
        found.append(SQL("e.at < {}").format(Literal(limits.end)))
    return found


def any_of_wheres(branch: Branch, context: Context) -> list[Composable]:
    groups = [[has_property(each, context, branch.relation) for each in where] for where in branch.wheres]
    if len(groups) == 1:
        return groups[0]
    return [disjunction([conjunction(group) for group in groups])] if groups else []


def has_property(node: Property, context: Context, of: EventRelation | None = None) -> Composable:
    """A condition on the event `e`; where the relation has a lookup of the property, on the key of it."""
    column = of.columns.get(node.name) if of else None
    if column is None:
        return compares(node, SQL("e.properties"), context)
    template = NOT_ONE_OF_KEYS if operators.of(node.comparison).takes_missing and node.item is None else ONE_OF_KEYS
    return template.format(
        of_event=Identifier("e", column.lookup.key),
        of_lookup=Identifier("l", column.lookup.key),
        relation=column.lookup.relation,
        condition=compares(node, SQL("l.properties"), context),
    )


def compares(node: Property, properties: Composable, context: Context) -> Composable:
    wanted, row = node.comparison.type, operators.of(node.comparison)
    if node.item is None:
        return row.sql(json_operand(properties, node.name, wanted, context), node.comparison.value, context)
    if wanted == Type.TEXT and row.key == "equals":
        return has_item(node, properties)
    item = json_operand(SQL("i.item"), node.item, wanted, context)
    return SQL(
        "EXISTS (SELECT FROM jsonb_array_elements({}) i (item) WHERE jsonb_typeof(i.item) = 'object' AND {})"
    ).format(
        json_operand(properties, node.name, Type.LIST, context).value,
        row.sql(item, node.comparison.value, context),
    )


def has_item(node: Property, properties: Composable) -> Composable:
    """One of the texts is the item's, by containment: a third of the time that it takes to look at each item."""
    texts = node.comparison.value if isinstance(node.comparison.value, tuple) else ()
    items = [Literal(json.dumps([{node.item: text}], ensure_ascii=False)) for text in texts]
    return SQL("({} -> {}) @> ANY (ARRAY[{}]::jsonb[])").format(properties, Literal(node.name), SQL(", ").join(items))


def operand(name: str, wanted: Type, context: Context) -> Operand:
    """A property of the event `e`."""
    return json_operand(SQL("e.properties"), name, wanted, context)


def zone_join(context: Context) -> Composable:
    """Index: profile_zone (id) INCLUDE (zone)."""
    limits = [SQL("p.zone IS NOT NULL"), *among(context.people, SQL("p.id"))]
    return SQL(" LEFT JOIN (SELECT p.id, p.zone FROM people_profile p WHERE {}) z ON z.id = e.profile_id").format(
        SQL(" AND ").join(limits)
    )


def local_time(context: Context) -> Composable:
    """The event's time on the person's own clock. It takes longer than all else here, so it is asked for once."""
    return SQL("(e.at AT TIME ZONE COALESCE(z.zone, {}))").format(Literal(context.zone.key))


def weekday(context: Context) -> Composable:
    return SQL("date_part('isodow', {})::int").format(local_time(context))


def hour(context: Context) -> Composable:
    return SQL("date_part('hour', {})::int").format(local_time(context))


def on_the_clock(at: When, context: Context) -> list[Composable]:
    if not at.is_local:
        return []
    minute = SQL("(floor(date_part('epoch', {}) / 60)::bigint % {})::int").format(local_time(context), Literal(WEEK))
    return [SQL("{} <@ {}::int4multirange").format(minute, Literal(minutes_of(at)))]


def minutes_of(at: When) -> str:
    """The minutes of the week, as ranges; minute 0 is that of 1970, in which time began, the first of a Thursday."""
    hours = [(0, DAY)] if at.hours is None else minutes_between(at.hours)
    days = [(weekday - THURSDAY) % 7 * DAY for weekday in at.weekdays or EVERY_DAY]
    return f"{{{','.join(f'[{day + first},{day + end})' for day in days for first, end in hours)}}}"


def minutes_between(hours: Hours) -> list[tuple[int, int]]:
    start, end = (each.hour * 60 + each.minute for each in (hours.start, hours.end))
    return [(start, end)] if start < end else [(0, end), (start, DAY)]
