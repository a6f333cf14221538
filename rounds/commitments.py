"""What a group promises to do for its candidate, in numbers: the fields of its form, and their record."""

from rounds.models import Commitment

# Field of the form: kind.
FIELDS = {f"do_{kind}": kind for kind in [*Commitment.PEOPLE, *Commitment.MEDIA, *Commitment.MONEY]}


def write(nomination, answers):
    """Keep what the answers promise, each kind once, in the caller's transaction; what they drop is gone."""
    promised = {kind: answers[field] for field, kind in FIELDS.items() if answers.get(field)}
    nomination.commitments.exclude(kind__in=promised).delete()
    Commitment.objects.bulk_create(
        [Commitment(nomination=nomination, kind=kind, quantity=quantity) for kind, quantity in promised.items()],
        update_conflicts=True,
        unique_fields=["nomination", "kind"],
        update_fields=["quantity"],
    )
