"""What members told us and staff should see: that they moved, or that we write to somebody else."""

from groups.models import MemberReport


def open_reports():
    """The reports that nobody has seen yet, newest first."""
    return MemberReport.objects.filter(seen_at=None)


def mark_seen(reports, *, by, now) -> int:
    """Note that somebody has looked at these; how many nobody had. The first one's name stays."""
    return reports.filter(seen_at=None).update(seen_at=now, seen_by=by)
