"""How many letters of a whole wave came back, or were complained about: what staff are told, and nothing is stopped."""

from dataclasses import dataclass

from django.db.models import Count

from mailings.breaker import AT_LEAST, LAST
from mailings.models import Delivery, Letter

State = Letter.State
CAME_BACK = [Delivery.State.RETURNED, Delivery.State.BOUNCED]


@dataclass(frozen=True)
class Rate:
    """Of a wave's letters: how many were tried, how many of those came back or were refused, and the complaints."""

    tried: int
    bounced: int
    complained: int

    def bounced_over(self, tenths) -> bool:
        """Whether more than so many tenths of a percent came back; of a few letters nobody can say."""
        return self.tried >= AT_LEAST and self.bounced * 1000 > tenths * self.tried

    def complained_over(self, tenths) -> bool:
        """Whether more than so many tenths of a percent complained, of a thousand letters at the least."""
        return self.complained * 1000 > tenths * max(self.tried, LAST)


def of(wave) -> Rate:
    """The figures of a wave, as the clock counted its letters last (waves.py) and as providers have reported."""
    counts = {int(state): n for state, n in wave.counts.items()}
    letters = {"letter__name": wave.name, "letter__subject": wave.subject, "letter__wave": wave.number}
    bad = Delivery.objects.filter(**letters, state__in=[*CAME_BACK, Delivery.State.COMPLAINED])
    reported = dict(bad.order_by().values_list("state").annotate(n=Count("pk")))
    refused = counts.get(State.FAILED, 0)
    return Rate(
        tried=counts.get(State.SENT, 0) + refused,
        bounced=refused + sum(reported.get(state, 0) for state in CAME_BACK),
        complained=reported.get(Delivery.State.COMPLAINED, 0),
    )
