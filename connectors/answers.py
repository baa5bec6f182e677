"""What an answer that is no yes means: the same table for every provider that is spoken to over HTTP."""

from dataclasses import dataclass
from datetime import datetime

from connectors.base import ConnectorError, Fault, backoff
from connectors.http import Answer

NEVER = frozenset({501, 505, 511})  # of 5xx: asking again changes nothing


@dataclass(frozen=True, slots=True)
class Provider:
    """`refused` is said where the credentials are; `busy` are the answers of 4xx that mean "later", `slows` those that
    ask for fewer messages a second, `nowhere` those that mean that nobody takes messages at the address."""

    name: str
    refused: str
    busy: frozenset[int] = frozenset({408, 425, 429})
    slows: frozenset[int] = frozenset()
    nowhere: frozenset[int] = frozenset({404, 405})

    def said(self, answer: Answer) -> str:
        return f"{self.name} answered {answer.status}: {answer.text[:200]}".rstrip(": ")


def refusal(answer: Answer, provider: Provider, attempt: int, now: datetime) -> ConnectorError:
    error = meaning(answer, provider, attempt, now)
    if answer.status in provider.slows:
        error.pace = "halve"
    return error


def meaning(answer: Answer, provider: Provider, attempt: int, now: datetime) -> ConnectorError:
    wait, said = answer.retry_after(now), provider.said(answer)
    match answer.status:
        case status if answer.is_ok:
            return ConnectorError(
                f"The address shows a page for people ({status}); it is not {provider.name}'s.",
                fault=Fault.MISCONFIGURED,
            )
        case 401 | 403:
            return ConnectorError(f"{provider.refused} {said}", fault=Fault.MISCONFIGURED)
        case status if 300 <= status < 400:
            return ConnectorError(
                f"The address leads elsewhere ({status}): nobody takes messages there.", fault=Fault.MISCONFIGURED
            )
        case status if status in provider.busy and wait is not None:
            return ConnectorError(said, fault=Fault.RATE_LIMITED, retry_after=wait, is_named=True)
        case status if status in provider.busy:
            return ConnectorError(said, fault=Fault.BUSY, retry_after=backoff(attempt))
        case status if status in provider.nowhere:
            return ConnectorError(f"Nobody takes messages at the address. {said}", fault=Fault.MISCONFIGURED)
        case 413:
            return ConnectorError(said, reason="too_large")
        case status if status >= 500 and status not in NEVER:
            later = backoff(attempt) if wait is None else wait
            return ConnectorError(said, fault=Fault.UNAVAILABLE, retry_after=later, is_named=wait is not None)
        case _:
            return ConnectorError(said, reason="rejected_by_provider")
