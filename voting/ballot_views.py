"""The ballot's pages: a landing that changes nothing, then POSTs that carry ticket and choices in their body.

No cookie, no session, no token in an address after the first; a choice is in the form alone until it is sent.
"""

from functools import wraps

from django.conf import settings
from django.db import OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from groups.forms import GuardedForm
from journal import clock
from keys import origin
from keys.files import KeyMissing
from voting import ballots, casting, links, posting, receipts, roll, tickets
from voting.casting import Outcome
from voting.forms import NotABallot, read_ballot
from voting.refusals import Refusal

BUSY = (OperationalError, KeyMissing)


def private(view):
    """Pages that belong to one person: kept by no cache, found by no search, and of a length that tells nothing."""

    @wraps(view)
    def shown(request, *args, **kwargs):
        # Compressed, two pages of one length need not be of one length: what she chose would show on the wire.
        request.META.pop("HTTP_ACCEPT_ENCODING", None)
        request.language_is_its_own = True  # the member's, or what the ballot's own form says; no cookie
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "same-origin"
        return response

    return shown


@private
@require_http_methods(["GET", "HEAD", "OPTIONS"])
def landing(request, token):
    """Where a mailed link leads. Whatever opens it, and however often, nothing is written (ux.md 0.2)."""
    entry = links.entry_of(token)
    if entry is None:
        return unknown(request)
    now = clock.now()
    language = known_language(request.GET.get("lang")) or known_language(entry.member.language)
    page = Page(request, entry, now, language, switch=True)
    if casting.has_voted(entry):
        return page.show("already")
    outcome = casting.outcome_at(entry.round, now)
    if outcome is not None:
        return page.show(outcome)
    contests = roll.ballot_of(entry)
    if not contests:
        return page.show("stopped")
    page.ticket = tickets.issue(entry, now=now)
    page.papers = ballots.papers(contests, entry.pk)
    return page.show("start")


def unknown(request):
    """One page for a link that is not whole, not ours or dead; it tells nothing of which."""
    return render(request, "voting/unknown.html", {"form": GuardedForm.fresh(now=clock.now())}, status=404)


@private
@csrf_exempt  # no cookie carries any authority here: the ticket in the body does (trust.md 2.3)
@require_POST
@sensitive_post_parameters()
@sensitive_variables()
def vote(request):
    """One step of filling in a ballot: every button of it is a POST to here."""
    if not origin.same_site(request):
        return render(request, "voting/elsewhere.html", status=403)
    now = clock.now()
    try:
        form = read_ballot(request.POST)
        return answered(request, form, tickets.read(form.ticket, now=now), now)
    except NotABallot:
        return render(request, "voting/not_a_ballot.html", status=400)
    except tickets.BadTicket:
        return render(request, "voting/open_again.html", {"old": False}, status=403)
    except tickets.OldTicket:
        return render(request, "voting/open_again.html", {"old": True}, status=403)


@sensitive_variables()
def answered(request, form, ticket, now):
    """Where one button of a ballot leads. BadTicket where her link has died since."""
    language = known_language(form.language)
    try:
        outcome = sent(form, ticket) if form.go == "send" else None
        if outcome in casting.IN_THE_BOX and language:
            return receipt(ticket, language, now)
    except BUSY:
        return not_now(page_of(request, form, ticket, now), form.choices)
    page = page_of(request, form, ticket, now)
    try:
        if outcome in casting.IN_THE_BOX:
            return receipt(ticket, page.language, now)
        return refused(page, outcome) if outcome else Step(form, page).take()
    except NotABallot:
        return page.show("not_a_ballot", status=400)
    except BUSY:
        return not_now(page, form.choices)


def page_of(request, form, ticket, now):
    """A page for whom the ticket is of, in the language of the form or else in hers."""
    language = known_language(form.language) or known_language(ticket.entry.member.language)
    return Page(request, ticket.entry, now, language, ticket=ticket)


@sensitive_variables()
def sent(form, ticket):
    """The usual way of the last button: straight into the box. None where it needs a closer look.

    Nothing is fetched of her or her ballot: who may send what is decided where it is cast.
    """
    try:
        outcome = casting.cast_by(ticket.voter, choices=form.choices, nonce=ticket.nonce)
    except Refusal:
        return None
    return None if outcome == Outcome.CHANGED else outcome


def receipt(ticket, language, now):
    """That a vote is in, and never how: the same bytes whatever she chose."""
    number = casting.receipt_number(ticket.voter)
    with translation.override(language):
        text = receipts.page(ticket.voter.round_id, language=language, number=number, ticket=ticket.text, now=now)
    return HttpResponse(text, headers={"Content-Language": language})


def receipt_with(page, **context):
    """The receipt, and what she asked for on it."""
    round = page.entry.round
    shows_lines = round.receipt_mode == round.ReceiptMode.OPEN
    return page.show("receipt", number=casting.receipt_number(page.entry), shows_lines=shows_lines, **context)


def kept(choices):
    """The hidden fields: (name, value) of each choice; two digits each."""
    return [(f"c{pk}", f"{option:02d}") for pk, option in sorted(choices.items())]


@sensitive_variables()
def not_now(page, choices):
    """The database or a key did not answer: the vote is over, or she may send the same form again."""
    over = casting.outcome_at(page.entry.round, page.now)
    return page.show(over or "busy", status=409 if over else 503, kept=kept(choices))


def refused(page, outcome):
    """Why this ballot was not taken, when the form itself is in order."""
    if outcome == Outcome.ALREADY:
        return page.show("already", status=409)
    if outcome == Outcome.DEAD_LINK:
        return page.show("open_again", status=403, old=False)
    return page.show(outcome, status=409)


def known_language(code):
    return code if code in dict(settings.LANGUAGES) else ""


class Page:
    """One page for one person, in her language."""

    def __init__(self, request, entry, now, language, *, ticket=None, switch=False):
        self.request, self.entry, self.now = request, entry, now
        self.language = language or settings.LANGUAGE_CODE
        self.ticket, self.switch = ticket, switch
        self.papers = []

    def show(self, name, *, status=200, **context) -> HttpResponse:
        """Render voting/<name>.html."""
        with translation.override(self.language):
            response = render(
                self.request,
                f"voting/{name}.html",
                {
                    **ballots.facts(self.entry.round),
                    "entry": self.entry,
                    "member": self.entry.member,
                    "ticket": self.ticket.text if self.ticket else "",
                    "papers": self.papers,
                    "count": len(self.papers),
                    "language": self.language,
                    "languages": [pair for pair in settings.LANGUAGES if pair[0] != self.language],
                    "switch_by_address": self.switch,
                    **context,
                },
                status=status,
            )
        response["Content-Language"] = self.language
        return response


class Step:
    """What one button does with the ballot as it stands in the form."""

    @sensitive_variables()
    def __init__(self, form, page):
        self.form, self.page, self.entry = form, page, page.entry
        eligible = roll.contests_on(self.entry)
        self.contests = [contest for contest in eligible if contest.state == contest.State.OPEN]
        with translation.override(page.language):
            page.papers = ballots.papers(self.contests, self.entry.pk)
        self.papers = {paper.pk: paper for paper in page.papers}
        self.order = list(self.papers)
        gone = {contest.pk: contest for contest in eligible if contest.pk not in self.papers}
        self.gone = [gone[pk] for pk in form.choices if pk in gone]
        for pk, option in form.choices.items():
            if pk not in gone and option not in self.numbers(pk):
                raise NotABallot
        self.choices = {pk: option for pk, option in form.choices.items() if pk in self.papers}

    def numbers(self, pk):
        return {choice.number for choice in self.papers[pk].choices} if pk in self.papers else set()

    def take(self) -> HttpResponse:
        """Go where the button leads, unless her vote is in or none is taken now."""
        go = self.form.go
        if go == "send":
            return self.send()
        if go in ("mail", "lines"):
            return self.after(go)
        if casting.has_voted(self.entry):
            return self.page.show("already")
        outcome = casting.outcome_at(self.entry.round, self.page.now)
        if outcome is not None:
            return self.page.show(outcome, status=409)
        if not self.papers:
            return self.page.show("stopped", status=409)
        if go == "language":
            return self.switch()
        if go == "change":
            return self.race(self.place(self.form.object), to="check")
        if go == "back":
            return self.back()
        if go == "start":
            return self.race(self.order[0])
        return self.next()

    def place(self, text) -> int:
        """The contest a place in the form names; the first one where it was stopped meanwhile."""
        pk = int(text) if text.isdigit() else 0
        return pk if pk in self.papers else self.order[0]

    def next(self):
        if self.form.at.isdigit():
            at = int(self.form.at)
            if at in self.papers and at not in self.choices:
                return self.race(at, to=self.form.to, missing=True)
            later = self.order[self.order.index(at) + 1 :] if at in self.order and self.form.to != "check" else []
            if later:
                return self.race(later[0])
        return self.check()

    def back(self):
        if self.form.at == "check":
            return self.race(self.order[-1])
        if self.form.to == "check":
            return self.check()
        place = self.order.index(self.place(self.form.at))
        return self.race(self.order[place - 1]) if place else self.page.show("start", kept=self.kept())

    def switch(self):
        self.page.language = known_language(self.form.object) or self.page.language
        with translation.override(self.page.language):
            self.page.papers = ballots.papers(self.contests, self.entry.pk)
        self.papers = {paper.pk: paper for paper in self.page.papers}
        if self.form.at == "check":
            return self.check()
        if not self.form.at:
            return self.page.show("start", kept=self.kept())
        return self.race(self.place(self.form.at), to=self.form.to)

    @sensitive_variables()
    def race(self, pk, *, to="", missing=False):
        """One contest's page; nothing is chosen beforehand, what she chose before is."""
        paper = self.papers[pk]
        return self.page.show(
            "race",
            status=422 if missing else 200,
            paper=paper,
            chosen=self.choices.get(pk),
            kept=self.kept(without=pk),
            at=pk,
            to=to,
            number=self.order.index(pk) + 1,
            missing=missing,
        )

    @sensitive_variables()
    def check(self, *, all_skipped=False):
        """The last page before sending; to the contest that has no choice yet, where there is one."""
        left = [pk for pk in self.order if pk not in self.choices]
        if left:
            return self.race(left[0], missing=True)
        lines = [(paper, paper.label_of(self.choices[paper.pk])) for paper in self.page.papers]
        # As many bytes whatever she chose: what the longest label of each contest would have added.
        spare = sum(paper.longest_label - len(label.encode()) for paper, label in lines)
        return self.page.show(
            "check",
            status=422 if all_skipped else 409 if self.gone else 200,
            lines=lines,
            kept=self.kept(),
            gone=self.gone,
            all_skipped=all_skipped,
            padding="." * spare,
        )

    @sensitive_variables()
    def kept(self, *, without=None):
        """The hidden fields of every choice so far."""
        return kept({pk: option for pk, option in self.choices.items() if pk != without})

    @sensitive_variables()
    def send(self):
        """The only step that writes: cast, commit, and only then say so."""
        choices = self.choices
        if casting.has_voted(self.entry):
            choices = self.form.choices  # with what was stopped since: the lost answer is given again
        elif self.gone or set(choices) != set(self.order) or not any(choices.values()):
            return self.unready()
        try:
            outcome = casting.cast(self.entry, choices=choices, nonce=self.page.ticket.nonce)
        except Refusal:
            return self.page.show("already", status=409)
        except BUSY:
            return not_now(self.page, self.choices)
        if outcome in casting.IN_THE_BOX:
            return receipt(self.page.ticket, self.page.language, self.page.now)
        if outcome == Outcome.CHANGED:
            return Step(self.form, self.page).unready()
        return refused(self.page, outcome)

    def unready(self):
        """Why this ballot can’t be sent as it is: the vote is over, a race was stopped or left out, all are skipped."""
        outcome = casting.outcome_at(self.entry.round, self.page.now)
        if outcome is not None or not self.order:
            return self.page.show(outcome or "stopped", status=409)
        return self.check(all_skipped=bool(self.choices) and not any(self.choices.values()))

    def after(self, go):
        """What she may still do once her vote is in: have it confirmed by mail, or see her lines, once."""
        if not casting.has_voted(self.entry):
            return self.page.show("open_again", status=403, old=False)
        if go == "mail":
            said = receipt_with(self.page, mailed=True)  # first: without the key none is promised, and none mailed
            posting.enqueue_receipt(self.entry, now=self.page.now)
            return said
        if self.entry.round.receipt_mode != self.entry.round.ReceiptMode.OPEN:
            raise NotABallot
        found = casting.lines(self.entry, self.page.ticket.nonce)
        if not found:
            return self.page.show("already", status=409)
        return receipt_with(
            self.page, lines=[(paper.race, found[paper.pk]) for paper in self.page.papers if paper.pk in found]
        )
