"""Everything that was written into a file, of whatever kind, read together by one query."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf

from rounds.models import Candidacy, Gate, Race
from vetting.models import STEPS, YES_NO, Correction, Note, PartnerEndorsement, Recusal, Review, Verdict

RECUSED = "recused"  # of a verdict whose reviewer stays out since
SHAPE = ["kind", "key", "at", "who", "choice", "text", "more", "before", "after"]
ANSWERS = dict([*YES_NO, *STEPS])
LABELS = {
    "decision": dict(Review.Decision.choices),
    "verdict": dict(Verdict.Recommendation.choices),
    "correction": dict(Correction.State.choices),
    "note": dict(Note.Kind.choices),
    "earlier": dict(Candidacy.State.choices),
}


@dataclass(frozen=True)
class Paper:
    """One thing written into a file. What text, more, before and after hold depends on its kind; see rows."""

    kind: str
    key: int
    at: datetime | None
    who: str
    choice: str
    text: str
    more: str
    before: str
    after: str

    @property
    def label(self) -> str:
        return str(LABELS.get(self.kind, {}).get(self.choice, self.choice))

    @property
    def before_words(self) -> str:
        return str(ANSWERS.get(self.before, self.before))

    @property
    def after_words(self) -> str:
        return str(ANSWERS.get(self.after, self.after))

    @property
    def race(self) -> str:
        """The race of an earlier candidacy in words."""
        return f"{Race.Office(self.before).label}, {self.text}, {self.more}"


@dataclass
class Papers:
    """The papers of one file, by kind."""

    of: dict = field(default_factory=dict)

    def __getitem__(self, kind) -> list:
        return self.of.get(kind, [])


def papers_of(candidacy, *, reader, blind) -> Papers:
    """The papers of a file. Who is blind gets, of verdicts, notes about them and decisions, only what she wrote.

    What is kept back is not asked for, so no page can show it.
    """
    parts = [shaped(kind, rows, **columns) for kind, rows, columns in rows_of(candidacy, reader, blind)]
    found = {}
    for row in parts[0].union(*parts[1:], all=True):
        kind, key, at, *texts = row
        paper = Paper(kind, key, at, *[text or "" for text in texts])
        found.setdefault(paper.kind, []).append(paper)
    for several in found.values():
        several.sort(key=lambda paper: (paper.at.timestamp() if paper.at else 0, paper.text, paper.key))
    return Papers(found)


def rows_of(candidacy, reader, blind):
    """(kind, its rows, where each column of the shape comes from)."""
    here = {"candidacy": candidacy.pk}
    verdicts, notes, decisions = (model.objects.filter(**here) for model in (Verdict, Note, Review))
    if blind:
        verdicts = verdicts.filter(reviewer=reader)
        notes = notes.filter(~Q(kind=Note.Kind.VERDICT) | Q(author=reader))
        decisions = decisions.none()
    yield "gate", Gate.objects.filter(**here), {"at": "passed_at", "choice": "kind", "text": "evidence"}
    partners = PartnerEndorsement.objects.filter(**here)
    yield "partner", partners, {"text": "organisation", "more": "source"}
    corrections = Correction.objects.filter(response__candidacy=candidacy.pk)
    asked = {"at": "asked_at", "choice": "state", "text": "words", "more": "question__text"}
    yield "correction", corrections, {**asked, "before": "before", "after": "value"}
    decided = {"at": "decided_at", "who": "decided_by", "choice": "decision", "text": "reason"}
    yield "decision", decisions, {**decided, "more": "call_with_groups", "before": "sources", "after": "without_third"}
    given = {"at": "given_at", "who": "reviewer", "choice": "recommendation", "text": "reason"}
    out = Recusal.objects.filter(candidacy=OuterRef("candidacy"), person=OuterRef("reviewer"))
    counts = Case(When(Exists(out), then=Value(RECUSED)), default=Value(""))
    yield "verdict", verdicts, {**given, "more": "sources", "before": "acquaintance", "after": counts}
    yield "recusal", Recusal.objects.filter(**here), {"at": "at", "who": "person", "text": "reason"}
    noted = {"at": "written_at", "who": "author", "choice": "kind", "text": "text", "more": "source"}
    yield "note", notes, noted
    same = Candidacy.objects.filter(name_key=candidacy.name_key).exclude(pk=candidacy.pk)
    race = {"text": "race__place__name", "more": Cast("race__cycle__year", CharField()), "before": "race__office"}
    yield "earlier", same, {"choice": "state", **race}


def shaped(kind, rows, *, at=None, who=None, **columns):
    """The rows in the shape that all kinds share, so that one query can join them."""
    name = Coalesce(NullIf(F(f"{who}__name"), Value("")), F(f"{who}__email")) if who else Value("")
    made = {
        "p_kind": Value(kind, output_field=CharField()),
        "p_key": Cast("pk", IntegerField()),
        "p_at": F(at) if at else Value(None, output_field=DateTimeField()),
        "p_who": Cast(name, TextField()),
    }
    for column in SHAPE[4:]:
        source = columns.get(column)
        made[f"p_{column}"] = Cast(source, TextField()) if source is not None else Value("", output_field=TextField())
    return rows.order_by().annotate(**made).values_list(*[f"p_{one}" for one in SHAPE])
