"""Who is on a roll, or was left off one: the ground floor must not take her out (groups/ties.py)."""

from groups import ties
from rounds.models import Round
from voting import ballotbox
from voting.models import Exclusion, RollEntry, Strike


@ties.register
def on_a_roll(keys: list[int]) -> set[int]:
    """Which of these members stand on a roll, among its exclusions, or are struck. A roll being built waits for us."""
    for pk in Round.objects.filter(stage=Round.Stage.FROZEN).order_by("pk").values_list("pk", flat=True):
        ballotbox.lock_shared(pk)
    found = set(RollEntry.objects.filter(member__in=keys).values_list("member_id", flat=True))
    found |= set(Strike.objects.filter(member__in=keys).values_list("member_id", flat=True))
    return found | set(Exclusion.objects.filter(member__in=keys).values_list("member_id", flat=True))
