"""The roof's pages at the desk. Django looks for them here; each registers its own."""

from endorsements.admin import alarms, approvals, ballots, endorsed, journal, members, rounds  # noqa: F401
