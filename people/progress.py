"""How far an upload is, how fast it goes and when it ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from people.models import Upload

PATIENCE = timedelta(seconds=20)
MANY = 1000  # lines


@dataclass(frozen=True)
class Progress:
    """`rate` is lines a second; `left` the time to go until `ends_at`, None where nobody can say."""

    share: float
    lines: int
    rate: float
    left: timedelta | None
    ends_at: datetime | None
    is_late: bool

    @classmethod
    def of(cls, upload: Upload, now: datetime) -> "Progress":
        lines = upload.records
        end = upload.completed_at or now
        spent = (end - upload.started_at).total_seconds() if upload.started_at else 0.0
        is_begun = lines > 0 or upload.position >= upload.size  # the place after the header is no progress
        share = upload.position / max(upload.size, 1) if is_begun else 0.0
        is_running = upload.state == Upload.State.RUNNING
        left = timedelta(seconds=spent * (1 - share) / share) if is_running and lines and spent else None
        return cls(
            share=share,
            lines=lines,
            rate=lines / spent if spent > 0 else 0.0,
            left=left,
            ends_at=now + left if left is not None else None,
            is_late=upload.state == Upload.State.WAITING and not lines and now - upload.created_at > PATIENCE,
        )

    @property
    def shows_rate(self) -> bool:
        """A handful of lines have none worth a word."""
        return self.rate > 0 and self.lines >= MANY

    @property
    def percent(self) -> int:
        return int(100 * self.share)
