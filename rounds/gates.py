"""The four gates of a candidacy, passed in order, each with its date and evidence (process.md 1)."""

from django.db import transaction
from django.utils.translation import gettext as _

from journal import book
from rounds.models import Gate
from rounds.refusals import Refusal

EVIDENCE_LENGTH = Gate._meta.get_field("evidence").max_length


def pass_gate(candidacy, kind, *, evidence, now) -> bool:
    """Write that the candidacy passed a gate; True the first time, False when it had.

    The first date and evidence stand. Raises Refusal when a gate before it is missing.
    """
    kind = Gate.Kind(kind)
    earlier = Gate.ORDER[: Gate.ORDER.index(kind)]
    if earlier:
        require(candidacy, earlier[-1])
    _gate, passed = Gate.objects.get_or_create(
        candidacy=candidacy, kind=kind, defaults={"passed_at": now, "evidence": cut(evidence)}
    )
    return passed


def require(candidacy, upto):
    """Raise Refusal naming the first gate up to and including upto that the candidacy has not passed."""
    passed = set(Gate.objects.filter(candidacy=candidacy).values_list("kind", flat=True))
    for kind in Gate.ORDER[: Gate.ORDER.index(upto) + 1]:
        if kind not in passed:
            raise Refusal(
                _("%(candidate)s has not passed the gate “%(gate)s” yet.")
                % {"candidate": candidacy, "gate": Gate.Kind(kind).label}
            )


def take_back(candidacy, kind, *, by, now, reason) -> bool:
    """Strike a gate that a later decision overtook; False when it was not passed. The journal keeps its evidence.

    Raises Refusal when a gate after it is passed.
    """
    kind = Gate.Kind(kind)
    later = Gate.ORDER[Gate.ORDER.index(kind) + 1 :]
    with transaction.atomic():
        gate = Gate.objects.filter(candidacy=candidacy, kind=kind).first()
        if gate is None:
            return False
        if Gate.objects.filter(candidacy=candidacy, kind__in=later).exists():
            raise Refusal(
                _("%(candidate)s has passed a gate after “%(gate)s”.") % {"candidate": candidacy, "gate": kind.label}
            )
        before = {"gate": kind, "passed_at": gate.passed_at, "evidence": gate.evidence}
        book.record("gate.taken_back", candidacy, by=by, now=now, reason=reason, before=before)
        gate.delete()
    return True


def board(candidacies) -> dict:
    """For each candidacy's key the four gates in order, as (kind, label, Gate or None). One query."""
    gates = {(gate.candidacy_id, gate.kind): gate for gate in Gate.objects.filter(candidacy__in=list(candidacies))}
    return {
        candidacy.pk: [(kind, Gate.Kind(kind).label, gates.get((candidacy.pk, kind))) for kind in Gate.ORDER]
        for candidacy in candidacies
    }


def cut(evidence: str) -> str:
    """The evidence as it fits its column."""
    return evidence if len(evidence) <= EVIDENCE_LENGTH else evidence[: EVIDENCE_LENGTH - 1] + "…"
