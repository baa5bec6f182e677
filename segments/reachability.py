"""Channels: who has an address, who said yes or no; and the devices of people."""

from collections.abc import Sequence
from typing import assert_never

from psycopg.sql import SQL, Composable, Identifier, Literal

from people.models import Subscription
from segments import operators
from segments.context import Context, among
from segments.operands import column_operand, device_operand
from segments.sets import Among, Holds, NotAmong, Part, People, union
from segments.tree import HasDevice, Property, Reachable, Standing, Type

Channel = Subscription.Channel
COLUMNS = {Channel.EMAIL: "email", Channel.SMS: "phone", Channel.WHATSAPP: "phone"}


def stands(node: Reachable, context: Context) -> list[Part]:
    """All of these."""
    match node.standing:
        case Standing.HAS_ADDRESS:
            return [has_address(node.channel, context)]
        case Standing.REACHABLE:
            closed = said(node.channel, (Standing.UNSUBSCRIBED, Standing.SUPPRESSED), context)
            return [has_address(node.channel, context), NotAmong(closed)]
        case Standing.SUBSCRIBED | Standing.UNSUBSCRIBED | Standing.SUPPRESSED:
            return [Among(said(node.channel, (node.standing,), context))]
        case _:
            assert_never(node.standing)


def has_address(channel: str, context: Context) -> Part:
    match Channel(channel):
        case Channel.PUSH:
            return Among(with_token(context))
        case Channel.EXPORT:
            return Among(with_identifier(context))
        case known:
            return Holds(is_filled(COLUMNS[known], context))


def is_filled(column: str, context: Context) -> Composable:
    return SQL("NOT {}").format(column_operand(Identifier("p", column), Type.TEXT, context).missing)


def said(channel: str, states: tuple[Standing, ...], context: Context) -> People:
    """Index: subscription_by_state (channel, state, profile_id)."""
    found = [
        SQL("u.channel = {}").format(Literal(channel)),
        SQL("u.state IN ({})").format(SQL(", ").join(Literal(str(state)) for state in states)),
        *among(context.people, SQL("u.profile_id")),
    ]
    return People(SQL("SELECT u.profile_id FROM people_subscription u WHERE {}").format(SQL(" AND ").join(found)), True)


def with_token(context: Context) -> People:
    found = [SQL("d.token <> ''"), *among(context.people, SQL("d.profile_id"))]
    return People(SQL("SELECT d.profile_id FROM people_device d WHERE {}").format(SQL(" AND ").join(found)))


def with_identifier(context: Context) -> People:
    """By the company's own id, or by an anonymous one."""
    limits = among(context.people, SQL("p.id"))
    known = SQL("SELECT p.id AS profile_id FROM people_profile p WHERE {}").format(
        SQL(" AND ").join([*limits, is_filled("identity", context)])
    )
    limits = among(context.people, SQL("i.profile_id"))
    anonymous = SQL("SELECT i.profile_id FROM people_identifier i WHERE {}").format(
        SQL(" AND ").join(limits or [SQL("TRUE")])
    )
    return union([People(known, once=True), People(anonymous)])


def with_device(node: HasDevice, context: Context) -> People:
    found = [*(is_like(each, context) for each in node.where), *among(context.people, SQL("d.profile_id"))]
    return People(SQL("SELECT d.profile_id FROM people_device d WHERE {}").format(SQL(" AND ").join(found)))


def is_like(node: Property, context: Context) -> Composable:
    """A condition on the device `d`. Each version is read only once: there are far fewer of them than devices.

    OFFSET 0 keeps PostgreSQL from reading the version of each device after all (1.6 s against 0.4 s for a million).
    """
    operand = device_operand(node.name, node.comparison.type, context)
    condition = operators.of(node.comparison).sql(operand, node.comparison.value, context)
    if node.comparison.type != Type.VERSION:
        return condition
    field, limits = Identifier("d", node.name), among(context.people, SQL("d.profile_id"))
    return SQL(
        "{field} = ANY (ARRAY (SELECT {field} FROM (SELECT {field} FROM people_device d{limits}"
        " GROUP BY {field} OFFSET 0) d WHERE {condition}))"
    ).format(field=field, limits=where(limits), condition=condition)


def where(conditions: Sequence[Composable]) -> Composable:
    return SQL(" WHERE {}").format(SQL(" AND ").join(conditions)) if conditions else SQL("")
