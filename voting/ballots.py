"""What a ballot says of each contest, on the page and in the letters alike. Pure: it reads what was fetched."""

import hashlib
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journal.wording import in_zone
from rounds import moved, rule
from rounds.models import Contest, ContestOption, Nomination

Kind = ContestOption.Kind
WHOM = gettext_lazy("Whom should we endorse (support in public) for %(race)s?")


@dataclass(frozen=True)
class Named:
    """A candidate as voters meet her: who she is, which groups endorsed her, and what they say."""

    name: str
    about: str
    blurb: str
    groups: list[str]
    statements: list[tuple[str, str]]  # (group, statement)

    @property
    def groups_in_words(self) -> str:
        return in_words(self.groups)


@dataclass(frozen=True)
class Choice:
    """One line to choose: its number, what it is called and one plain sentence."""

    number: int
    label: str
    hint: str
    candidate: Named | None

    @property
    def value(self) -> str:
        """As it travels in the form: two digits, so that a request's length tells nothing."""
        return f"{self.number:02d}"


@dataclass(frozen=True)
class Paper:
    """One contest on one voter's ballot."""

    contest: Contest
    question: str
    choices: list[Choice]

    @property
    def pk(self) -> int:
        return self.contest.pk

    @property
    def race(self) -> str:
        return self.contest.race.name

    @property
    def candidates(self) -> list[Named]:
        return [choice.candidate for choice in self.choices if choice.candidate]

    def label_of(self, number: int) -> str:
        return next(choice.label for choice in self.choices if choice.number == number)

    @property
    def longest_label(self) -> int:
        return max(len(choice.label.encode()) for choice in self.choices)


def papers(contests, credential: int) -> list[Paper]:
    """The contests as they stand on one voter's ballot; they come with options as roll.on_ballots fetches them."""
    return [paper(contest, credential) for contest in contests]


def paper(contest, credential: int) -> Paper:
    return put_together(contest, in_her_order(contest, credential))


def put_together(contest, options) -> Paper:
    """A contest's paper with its options in this order; also of one that is not made yet."""
    candidates = [named(option) for option in options if option.candidacy]
    place = contest.race.name
    if contest.ballot == contest.Ballot.YES_NO:
        (candidate,) = candidates
        words = {"name": candidate.name, "race": place}
        question = _("Should we endorse (support in public) %(name)s for %(race)s?") % words
    else:
        question = WHOM % {"race": place}
    return Paper(contest, question, [choice(option) for option in options])


def in_her_order(contest, credential: int) -> list:
    """The options as she sees them: candidates in an order of her own that stays, then the others, skip last."""

    def place(option):
        if option.kind == Kind.CANDIDATE:
            said = f"order|{credential}|{contest.pk}|{option.number}"
            return 0, hashlib.sha256(said.encode()).digest()
        return (2 if option.kind == Kind.SKIP else 1), option.number.to_bytes(2, "big")

    return sorted(contest.options.all(), key=place)


def order_of(contest, credential: int) -> tuple[int, ...]:
    """The numbers of the candidates in her order; empty where there is only one."""
    if contest.ballot == contest.Ballot.YES_NO:
        return ()
    return tuple(option.number for option in in_her_order(contest, credential) if option.kind == Kind.CANDIDATE)


def choice(option) -> Choice:
    candidate = named(option) if option.candidacy else None
    name = candidate.name if candidate else ""
    label, hint = {
        Kind.YES: (_("Yes"), _("We should endorse %(name)s.") % {"name": name}),
        Kind.NO: (_("No"), _("We should not endorse this candidate.")),
        Kind.CANDIDATE: (name, candidate.about if candidate else ""),
        Kind.NONE: (_("No endorsement"), _("We should endorse nobody in this race.")),
        Kind.SKIP: (_("Skip this race"), _("You do not vote in this race. It counts for nobody.")),
    }[option.kind]
    return Choice(option.number, str(label), str(hint), candidate)


def named(option) -> Named:
    """The candidate of an option, and every group that endorsed her: those that nominated, with them, and at home."""
    candidacy = option.candidacy
    nominations = [one for one in candidacy.nominations.all() if one.state == Nomination.State.ACCEPTED]
    groups = {one.group.name: None for one in nominations}
    for one in nominations:
        if one.local_endorsement:
            groups.update({group.name: None for group in one.local_endorsement.joint_groups.all()})
    groups.update(dict.fromkeys(option.co_endorsing))
    statements = [(one.group.name, one.statement) for one in nominations if one.statement]
    about = [candidacy.party, _("holds the office now") if candidacy.incumbent else ""]
    return Named(
        candidacy.name, ", ".join(str(part) for part in about if part), candidacy.blurb, sorted(groups), statements
    )


def in_words(names: list[str]) -> str:
    """A, B and C."""
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def facts(round) -> dict:
    """What every page and letter of a vote says: when it closes, and by what rule it is decided."""
    return {
        "round": round,
        "opens": in_zone(round.voting_opens_at, round.time_zone),
        "closes": in_zone(round.voting_closes_at, round.time_zone),
        "announced": in_zone(round.announce_at, round.time_zone),
        "moved": moved.in_words(round),
        "rule": rule.in_words(rule.rule_of(round)),
        "publishes_all": round.publish == round.Publish.ALL,
    }
