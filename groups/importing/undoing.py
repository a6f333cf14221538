"""Taking a batch back: what it changed is as before, what it added goes, where nothing has happened to it since."""

from collections import Counter
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from groups import ties
from groups.importing.intake import REASONS
from groups.importing.person import STATUS_WORDS, UNSAID
from groups.models import AddressChange, ImportBatch, ImportChange, Member, MemberSource
from groups.refusals import Refusal
from journal import book
from mailings import suppression

PIECE = 1000


def undo(batch: ImportBatch, *, by, now, reason="") -> dict[str, int]:
    """Undo a batch, once, in one transaction; how many were removed, restored, and kept because they changed since.

    Refusal when it is undone already. A member stays who is on a roll, has signed up, has another source, or was
    mended by staff; and a field stays that says something else by now.
    """
    with transaction.atomic():
        if not ImportBatch.objects.filter(pk=batch.pk, undone_at=None).update(undone_at=now):
            raise Refusal(_("This import is undone already."))
        done = Counter(removed=0, restored=0, kept=0, notes_lifted=0)
        restore_all(batch, done)
        remove_all(batch, done)
        lift_notes(batch, done)
        batch.undone_at, batch.undone = now, dict(done)
        batch.save(update_fields=["undone"])
        book.record("members.import_undone", batch, by=by, now=now, reason=reason, after=batch.undone)
    return batch.undone


def restore_all(batch, done):
    """Give each member and source that the batch changed its fields back, the last change first."""
    changes = ImportChange.objects.filter(batch=batch).order_by("-pk")
    while some := list(changes[:PIECE]):
        restore(some, done)
        changes = changes.filter(pk__lt=some[-1].pk)


def restore(some, done):
    """Take each change back whose fields are all as the batch left them."""
    kept, restored = set(), set()
    sources = locked(MemberSource, [change.source for change in some if change.source])
    members = locked(Member, [change.member for change in some if not change.source])
    gone, sources_back, members_back = [], [], []
    for change in some:
        thing = sources.get(change.source) if change.source else members.get(change.member)
        if thing is None or is_over(thing) or not is_as(thing, change.after):
            kept.add(change.member)
            continue
        restored.add(change.member)
        if change.source and not change.before:
            gone.append(thing.pk)
            continue
        for name, value in change.before.items():
            setattr(thing, name, read(type(thing), name, value))
        (sources_back if change.source else members_back).append(thing)
    MemberSource.objects.filter(pk__in=gone).delete()
    update(MemberSource, sources_back, some)
    update(Member, members_back, some)
    done["restored"] += len(restored - kept)
    done["kept"] += len(kept)


def locked(model, keys):
    return {thing.pk: thing for thing in model.objects.select_for_update(of=("self",)).filter(pk__in=keys)}


def is_over(thing):
    return isinstance(thing, Member) and bool(thing.erased_at or thing.merged_into_id)


def is_as(thing, after):
    """Whether nothing of what the batch wrote says anything else by now."""
    return all(getattr(thing, name) == read(type(thing), name, value) for name, value in after.items())


def read(model, name, value):
    """A value from JSON as the model has it."""
    kind = model._meta.get_field(name).get_internal_type()
    if value is None or kind not in ("DateField", "DateTimeField"):
        return value
    return datetime.fromisoformat(value) if kind == "DateTimeField" else date.fromisoformat(value)


def update(model, things, changes):
    fields = {model._meta.get_field(name).name for change in changes for name in change.before if owns(model, change)}
    if things and fields:
        model.objects.bulk_update(things, sorted(fields))


def owns(model, change):
    return (model is MemberSource) == bool(change.source)


def remove_all(batch, done):
    """Take out the members whom the batch made and to whom nothing has happened since."""
    after = 0
    made = Member.objects.select_for_update(of=("self",)).filter(brought_by=batch).order_by("pk")
    while some := list(made.filter(pk__gt=after)[:PIECE]):
        after = some[-1].pk
        going = [member.pk for member in some if is_untouched(member, batch)]
        going = sorted(set(going) - spoken_for(going, batch))
        MemberSource.objects.filter(member__in=going)._raw_delete(MemberSource.objects.db)
        Member.objects.filter(pk__in=going)._raw_delete(Member.objects.db)  # spoken_for() has asked what depends on her
        done["removed"] += len(going)
        done["kept"] += len(some) - len(going)


def is_untouched(member, batch):
    imported = member.confirmed_at in (None, batch.taken_at) and member.confirmed_how in ("", "imported")
    return imported and not (member.generation or member.erased_at or member.merged_into_id or member.group_id)


def spoken_for(keys, batch) -> set[int]:
    """Which of these members something else knows: another source, a later batch, a mended address, a roll."""
    others = MemberSource.objects.filter(member__in=keys).exclude(batch=batch)
    found = set(others.values_list("member_id", flat=True))
    later = ImportChange.objects.filter(member__in=keys, batch__undone_at=None).exclude(batch=batch)
    found |= set(later.values_list("member", flat=True))
    found |= set(AddressChange.objects.filter(member__in=keys).values_list("member_id", flat=True))
    found |= set(Member.objects.filter(merged_into__in=keys).values_list("merged_into_id", flat=True))
    return found | ties.tied(keys)


def lift_notes(batch, done):
    """Lift the notes that only this batch made; where another list says the same, the note stays."""
    after = 0
    notes = suppression.notes_by(batch.note).order_by("pk")
    while some := list(notes.filter(pk__gt=after)[:PIECE]):
        after = some[-1].pk
        still = said_by_sources({note.address for note in some})
        going = [note.pk for note in some if (note.address, note.reason) not in still]
        done["notes_lifted"] += suppression.notes_by(batch.note).filter(pk__in=going).delete()[0]
        done["kept"] += len(some) - len(going)


def said_by_sources(addresses) -> set[tuple[str, str]]:
    """For which reasons the sources that stand say that these addresses get no letter."""
    sources = MemberSource.objects.filter(member__email_key__in=addresses).values_list("member__email_key", "status")
    said = ((address, REASONS.get(STATUS_WORDS.get(words.lower(), UNSAID))) for address, words in sources)
    return {(address, str(reason)) for address, reason in said if reason}
