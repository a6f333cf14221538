"""A vetting file: all that a reviewer needs to see of a candidacy, read together (ux.md S2, process.md 8.7)."""

from django.db.models import CharField, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat

from rounds import gates, legislators, local_votes
from rounds.models import Gate, Nomination
from vetting import concerned, papers, phoning, sheet, verdicts
from vetting.correcting import ACTION
from vetting.models import Correction, Note, Recusal, Response, Verdict, VettingFile
from vetting.scoring import score_in_words


def files(user):
    """The candidacies whose files a user may open: not those from which she recused herself."""
    return open_to(user, VettingFile.objects.all(), candidacy="pk")


def open_to(user, rows, *, candidacy="candidacy"):
    """Those of the rows whose candidacy's file a user may open."""
    return rows.filter(~Exists(Recusal.objects.filter(candidacy=OuterRef(candidacy), person=user)))


def requests_open_to(user, requests):
    """Those of the requests for a second person that are not about a file from which the user recused herself."""
    left = Recusal.objects.filter(person=user)
    files = left.annotate(key=keyed("candidacy", "candidacy")).values("key")
    answers = Correction.objects.filter(response__candidacy__in=left.values("candidacy"))
    answers = answers.annotate(key=keyed("correction", "pk")).values("key")
    hidden = Q(action=verdicts.OVERRIDE, subject__in=files) | Q(action=ACTION, subject__in=answers)
    return requests.exclude(hidden)


def keyed(kind, field):
    """A row as requests and the journal name it: "candidacy:7"."""
    return Concat(Value(f"{kind}:"), Cast(field, CharField()))


def open_file(user, pk):
    """The candidacy of a file with its race, campaign and owner; None for who may not open it. One query."""
    own = Verdict.objects.filter(candidacy=OuterRef("pk"), reviewer=user)
    lost = phoning.to_phone().filter(candidacy=OuterRef("pk"))
    found = files(user).with_race().select_related("response__questionnaire", "assignment__owner")
    sits = legislators.holders("name_key").values("name")[:1]
    return found.filter(pk=pk).annotate(own_in=Exists(own), to_phone=Exists(lost), sits_as=Subquery(sits)).first()


def recused(user, pk) -> bool:
    """Whether a user recused herself from this file."""
    return Recusal.objects.filter(candidacy=pk, person=user).exists()


def blind(candidacy, user) -> bool:
    """Whether others' verdicts, the reasons and notes about them are kept from a user: until hers is in."""
    if candidacy.state not in verdicts.UNDER_REVIEW or not verdicts.reviews(user):
        return False
    if hasattr(candidacy, "own_in"):
        return not candidacy.own_in
    return not Verdict.objects.filter(candidacy=candidacy, reviewer=user).exists()


def file_of(candidacy, *, reader, now) -> dict:
    """Everything about a candidacy by its name on the desk's page; five queries however much there is.

    candidacy is as open_file gives it.
    """
    response = getattr(candidacy, "response", None)
    if response:
        response.candidacy = candidacy
    sent = response is not None and response.submitted_at is not None
    race = local_votes.in_race(candidacy.race)
    kept_back = blind(candidacy, reader)
    written = papers.papers_of(candidacy, reader=reader, blind=kept_back)
    counting = [paper.choice for paper in written["verdict"] if paper.after != papers.RECUSED]
    passed = {paper.choice: paper for paper in written["gate"]}
    return {
        "candidacy": candidacy,
        "nominations": race.of(candidacy),
        "response": response,
        "to_phone": candidacy.to_phone,
        "overdue": response is not None and response.submitted_at is None and response.overdue(now),
        "sheet": sheet.sheet_of(response) if sent else None,
        "score": score_in_words(response) if sent else "",
        "rivals": [one for one in race.named() if one.pk != candidacy.pk],
        "at_home": race.at_home([candidacy])[candidacy.pk],
        "gates": [(kind, Gate.Kind(kind).label, passed.get(kind)) for kind in Gate.ORDER],
        "partners": written["partner"],
        "corrections": written["correction"],
        "decisions": list(reversed(written["decision"])),
        "verdicts": written["verdict"],
        "third_wanted": len(counting) == 2 and len(set(counting)) == 2,
        "recusals": written["recusal"],
        "notes": [paper for paper in written["note"] if paper.choice not in (Note.Kind.CALL, Note.Kind.SELF)],
        "calls": [paper for paper in written["note"] if paper.choice == Note.Kind.CALL],
        "self_described": [paper for paper in written["note"] if paper.choice == Note.Kind.SELF],
        "earlier": written["earlier"],
        "owner": candidacy.assignment.owner if hasattr(candidacy, "assignment") else None,
        "blind": kept_back,
        "zone": concerned.zone_of(candidacy),
    }


def race_of(candidacy, *, reader) -> dict:
    """Everybody whom groups named in a candidacy's race, side by side; who recused herself from one misses that one."""
    race = local_votes.in_race(candidacy.race)
    named = race.named()
    if all(one.pk != candidacy.pk for one in named):
        named.append(candidacy)
    out = set(Recusal.objects.filter(person=reader, candidacy__in=named).values_list("candidacy", flat=True))
    shown = [one for one in named if one.pk not in out]
    full = VettingFile.objects.filter(pk__in=[one.pk for one in shown]).select_related("response__questionnaire")
    by_key = {one.pk: one for one in full.with_race()}
    boards, at_home = gates.board(shown), race.at_home(shown)
    return {
        "race": candidacy.race,
        "zone": concerned.zone_of(candidacy),
        "kept_back": len(out),
        "columns": [
            {
                "candidacy": by_key[one.pk],
                "nominations": race.of(one),
                "at_home": at_home[one.pk],
                "gates": boards[one.pk],
                "response": answered(by_key[one.pk]),
                "score": score_in_words(by_key[one.pk].response) if answered(by_key[one.pk]) else "",
            }
            for one in shown
        ],
    }


def named_in_race(candidacy, *, reader):
    """Everybody named in a candidacy's race and herself, with responses; .out: from whom the reader recused herself."""
    behind = Nomination.objects.filter(candidacy=OuterRef("pk"), state__in=Nomination.COUNTING)
    own = Recusal.objects.filter(candidacy=OuterRef("pk"), person=reader)
    named = VettingFile.objects.filter(Exists(behind) | Q(pk=candidacy.pk), race=candidacy.race_id)
    return named.annotate(out=Exists(own)).select_related("response__questionnaire").with_race().order_by("name", "pk")


def answered(candidacy) -> Response | None:
    """The campaign's response once it has sent its answers."""
    response = getattr(candidacy, "response", None)
    return response if response is not None and response.submitted_at is not None else None
