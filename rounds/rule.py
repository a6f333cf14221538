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
        support = _("To be endorsed, a candidate needs at least %(share)s of the votes in that race.")
    else:
        support = _("To be endorsed, a candidate needs more than %(share)s of the votes in that race.")
    support %= {"share": percent(rule["threshold"])}
    floor = floor_in_words(rule)
    if not floor:
        return support
    return _("%(support)s %(floor)s If fewer do, our staff review the result.") % {"support": support, "floor": floor}


def floor_in_words(rule) -> str:
    """How many must take part, as a sentence; "" when nobody need."""
    votes, share = rule["turnout_min_votes"], rule["turnout_min_share"]
    people = ngettext("%(n)d person", "%(n)d people", votes) % {"n": votes}
    if votes and share:
        return _("At least %(people)s, and %(share)s of those who can, must vote in it.") % {
            "people": people,
            "share": percent(share),
        }
    if votes:
        return _("At least %(people)s must vote in it.") % {"people": people}
    return _("At least %(share)s of those who can must vote in it.") % {"share": percent(share)} if share else ""


def share_words(part: int, whole: int) -> str:
    """A share as printed: "60%", "59.96%"; cut at two decimals, never rounded (process.md 7); "" of nothing."""
    return percent(part * 10_000 // whole) if whole else ""


def percent(hundredths: int) -> str:
    """Hundredths of a percent as printed: 6000 is "60%", 6650 is "66.50%"."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}%" if rest else f"{whole}%"
