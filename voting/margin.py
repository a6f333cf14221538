"""How close a result was: the fewest more votes that could have changed whom it endorses. Pure."""

from collections.abc import Collection

from voting.tally import Rule, Tally

# A result that no number of votes up to this could change is called out of reach.
FURTHEST = 2**40


def could_change(figures: Tally, rule: Rule, endorsable: Collection[int], more: int) -> bool:
    """Whether so many more votes could have changed who is carried."""
    votes = {number: figures.votes.get(number, 0) for number in endorsable}
    ballots = figures.ballots + more
    if figures.carried is not None:
        rivals = [count for number, count in votes.items() if number != figures.carried]
        carried = votes[figures.carried]
        return not rule.carries(carried, ballots) or any(count + more >= carried for count in rivals)
    return any(
        rule.carries(count + more, ballots)
        and all(count + more > other for rival, other in votes.items() if rival != number)
        for number, count in votes.items()
    )


def margin(figures: Tally, rule: Rule, endorsable: Collection[int]) -> int | None:
    """The fewest more votes that could have changed the outcome; None where no number could.

    Where so many can, more can too: so the smallest is found by halving.
    """
    high = 1
    while not could_change(figures, rule, endorsable, high):
        high *= 2
        if high > FURTHEST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if could_change(figures, rule, endorsable, middle) else (middle, high)
    return high
