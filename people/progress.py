"""How far an import is, how fast it goes and when it ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from people.models import Import

PATIENCE = timedelta(seconds=20)


@dataclass(frozen=True)
class Progress:
    """`rate` is lines a second; `left` the time to go, None where nobody can say."""

    share: float
    lines: int
    rate: float
    left: timedelta | None
    is_late: bool

    @classmethod
    def of(cls, upload: Import, now: datetime) -> "Progress":
        lines = upload.accepted + upload.rejected
        end = upload.completed_at or now
        spent = (end - upload.started_at).total_seconds() if upload.started_at else 0.0
        share = upload.position / upload.size if upload.size else 1.0
        is_running = upload.state == Import.State.RUNNING
        return cls(
            share=share,
            lines=lines,
            rate=lines / spent if spent > 0 else 0.0,
            left=timedelta(seconds=spent * (1 - share) / share) if is_running and lines and spent else None,
            is_late=upload.state == Import.State.WAITING and not lines and now - upload.created_at > PATIENCE,
        )

    @property
    def percent(self) -> int:
        return int(100 * self.share)
