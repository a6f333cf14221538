"""The desk's stock forms in the journal: what was added, changed or deleted, by whom, from what to what."""

from django.core.exceptions import FieldDoesNotExist
from django.db import transaction
from django.db.models.options import Options
from django.utils.translation import gettext_lazy as _

from journal import book, clock

SAY_WHY = _("Say why: the reason stands in the journal.")


class Journaled:
    """For a ModelAdmin whose own pages write: each act leaves one entry in its transaction, "<model>.edited".

    Only what changed is told, and what nobody changed is not written at all. A form field "reason" that is no column
    becomes the entry's reason. Not for models that hold data of members.
    """

    opts: Options  # Django's: of the model

    def save_model(self, request, obj, form, change):
        named = self.columns_in(form.changed_data)
        stored = self.model._base_manager.get(pk=obj.pk) if change and named else None
        request.journaled_before = {name: self.told(stored, name) for name in named} if stored else {}
        if named or not change:
            super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        named = self.columns_in(form.changed_data)
        before, after = dict(request.journaled_before), {name: self.told(form.instance, name) for name in named}
        for formset in formsets:
            gone, came = rows_of(formset)
            key = formset.model._meta.model_name
            if gone:
                before[key] = gone
            if came:
                after[key] = came
        if change and not before and not after:
            return
        reason = form.cleaned_data.get("reason", "") if not self.columns_in(["reason"]) else ""
        self.write("edited" if change else "added", form.instance, request, reason=reason, before=before, after=after)

    def delete_model(self, request, obj):
        key, before = book.subject_of(obj), {name: self.told(obj, name) for name in self.own_columns()}
        with transaction.atomic():
            super().delete_model(request, obj)
            self.write("deleted", key, request, before=before)

    def delete_queryset(self, request, queryset):
        with transaction.atomic():
            for obj in queryset:
                self.delete_model(request, obj)

    def write(self, what, thing, request, *, reason="", before=None, after=None):
        verb = f"{self.opts.model_name}.{what}"
        book.record(
            verb,
            thing,
            by=request.user,
            now=clock.now(),
            reason=reason,
            before=before or None,
            after=after or None,
        )

    def columns_in(self, names) -> list[str]:
        """Those of a form's fields that the model has; others say something about the act."""
        return [name for name in names if self.has_column(name)]

    def has_column(self, name) -> bool:
        try:
            self.opts.get_field(name)
        except FieldDoesNotExist:
            return False
        return True

    def own_columns(self) -> list[str]:
        return [one.name for one in (*self.opts.fields, *self.opts.many_to_many) if not one.primary_key]

    def told(self, obj, name):
        """What a column holds, as the journal says it: rows by their names, those of a list sorted."""
        column = self.opts.get_field(name)
        if column.many_to_many:
            return sorted(str(one) for one in getattr(obj, name).all())
        value = getattr(obj, name) if column.is_relation else column.value_from_object(obj)
        plain = value is None or isinstance(value, (bool, int, float, list, dict))
        return value if plain else str(value)


def rows_of(formset):
    """What became of the rows beside a record: (those that went, those that came or changed and in what)."""
    gone = [str(row) for row in getattr(formset, "deleted_objects", [])]
    came = [str(row) for row in getattr(formset, "new_objects", [])]
    came += [f"{row}: {', '.join(fields)}" for row, fields in getattr(formset, "changed_objects", [])]
    return sorted(gone), sorted(came)
