"""The rule of a round in words, and shares as they are printed. Pure; integers only."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rounds.models import Round


def rule_of(round) -> dict:
    """The rule as plain values. Shares are in hundredths of a percent."""
    return {
        "threshold": round.threshold,
        "comparison": round.comparison,
        "turnout_min_votes": round.turnout_min_votes,
        "turnout_min_share": round.turnout_min_share,
    }


def in_words(rule) -> str:
    """The rule as voters read it: the one wording for ballot, letters, results and pages (ux.md 0.12)."""
    if rule["comparison"] == Round.Comparison.AT_LEAST:
        support = _("To be endorsed, a candidate needs at least %(share)s of the votes in that contest")
    else:
        support = _("To be endorsed, a candidate needs more than %(share)s of the votes in that contest")
    support %= {"share": percent(rule["threshold"])}
    floor = floor_in_words(rule)
    if not floor:
        return _("%(support)s.") % {"support": support}
    return _("%(support)s, and %(floor)s must take part; below that, people review the result.") % {
        "support": support,
        "floor": floor,
    }


def floor_in_words(rule) -> str:
    """How many must take part, "" when nobody need."""
    votes, share = rule["turnout_min_votes"], rule["turnout_min_share"]
    ballots = ngettext("at least %(n)d vote", "at least %(n)d votes", votes) % {"n": votes}
    if votes and share:
        return _("%(ballots)s and %(share)s of the voters on the roll") % {"ballots": ballots, "share": percent(share)}
    if votes:
        return ballots
    return _("at least %(share)s of the voters on the roll") % {"share": percent(share)} if share else ""


def share_words(part: int, whole: int) -> str:
    """A share as printed: "60%", "59.96%"; cut at two decimals, never rounded (process.md 7); "" of nothing."""
    return percent(part * 10_000 // whole) if whole else ""


def percent(hundredths: int) -> str:
    """Hundredths of a percent as printed: 6000 is "60%", 6650 is "66.50%"."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}%" if rest else f"{whole}%"
