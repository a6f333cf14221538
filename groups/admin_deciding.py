"""The desk's way to decide about a record: buttons, each to a page that says what follows and asks why."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from groups.admin_once import Once
from journal import approvals, book, clock


class ReasonForm(forms.Form):
    """Why. The sentence goes to the group where needed says so."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say why. The reason is kept.")},
    )

    def __init__(self, *args, needed, hint="", named="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needed
        self.fields["reason"].help_text = hint
        if named:
            self.fields["typed"] = NameField(named)


OF_THE_ROUND = _("Name of the round")


class NameField(forms.CharField):
    """The name of what a grave act is about, typed before it, so that nobody means another; case and blanks do not
    count."""

    def __init__(self, named, *, label=OF_THE_ROUND, **options):
        super().__init__(
            label=label,
            max_length=500,
            help_text=_("Type it as it stands here: %(name)s") % {"name": named},
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
            **options,
        )
        self.named = named

    def validate(self, typed):
        super().validate(typed)
        if typed and " ".join(typed.split()).casefold() != " ".join(self.named.split()).casefold():
            raise forms.ValidationError(_("That is not its name. Nothing was done."))


class Read(Once, admin.ModelAdmin):
    """Records that the desk reads and verbs write."""

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        """Where nothing was changed nothing is written: the row as it was read could undo what others did meanwhile."""
        if form.changed_data:
            super().save_model(request, obj, form, change)


class Decided(Read):
    """A record with buttons, each to a page that says what it will do and asks why. decisions: name → Decision."""

    decisions: dict = {}
    refusal: type[Exception] | tuple[type[Exception], ...]  # the room's own, whose text may stand on the page
    change_form_template = "admin/decided.html"

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_decide"
        decide = path("<int:pk>/<slug:act>/", self.admin_site.admin_view(self.decide), name=name)
        # Django's own pages of an object end in words of their own; they come first.
        own = [one for one in super().get_urls() if one.name]
        return [*own, decide, *[one for one in super().get_urls() if not one.name]]

    def may_decide(self, request, obj) -> bool:
        """Whether the user may press the buttons; a room may ask for more than the right to change."""
        return self.has_change_permission(request, obj)

    def allowed(self, obj):
        """The decisions that may be taken of this record in its state."""
        return {act: decision for act, decision in self.decisions.items() if obj.state in decision.states}

    def change_view(self, request, object_id, form_url="", extra_context=None):
        obj = self.get_object(request, object_id)
        may = obj is not None and self.may_decide(request, obj)
        decisions = self.allowed(obj) if may else {}
        links = [(decision.label, self.decide_url(obj, act)) for act, decision in decisions.items()]
        context = {"decisions": links, **(extra_context or {})}
        if obj is not None and set(self.get_readonly_fields(request, obj)) >= set(self.get_fields(request, obj)):
            context |= {"show_save": False, "show_save_and_continue": False}  # there is nothing to save
        return super().change_view(request, object_id, form_url, context)

    def decide_url(self, obj, act):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_decide", args=[obj.pk, act])

    def decide(self, request, pk, act):
        """GET asks and says what follows; POST does it."""
        obj = self.get_object(request, str(pk))
        if obj is None or act not in self.decisions:
            raise Http404
        if not self.may_decide(request, obj):
            raise PermissionDenied
        decision = self.decisions[act]
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
        said = request.POST if request.method == "POST" else None
        named = decision.named(obj) if decision.named else ""
        form = ReasonForm(said, needed=decision.needs_reason, hint=decision.hint, named=named)
        if said is not None and form.is_valid():
            try:
                done = decision.verb(obj, by=request.user, now=clock.now(), reason=form.cleaned_data["reason"])
            except self.refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                if isinstance(done, str):  # a step on the way, in the verb's own words
                    messages.info(request, done)
                elif done:
                    messages.success(request, _("Done: %(label)s.") % {"label": decision.label})
                else:
                    messages.info(request, _("Somebody was faster: nothing was changed."))
                return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{decision.label}: {obj}",
            "grave": bool(named),
            "decision": decision,
            "asked_of_two": approvals.of(obj, clock.now()).filter(action=decision.asks) if decision.asks else [],
            "me": book.actor_of(request.user)[0],
            "form": form,
            "opts": self.opts,
            "original": obj,
            "back": back,
        }
        return TemplateResponse(request, "admin/decide.html", context, status=400 if said is not None else 200)


class Decision:
    """One button: its words, the verb behind it, in which states it stands."""

    def __init__(self, label, effect, verb, states, *, needs_reason=True, hint="", named=None, asks=""):
        """named gives the name of the round that has to be typed, where the act is a grave one; asks names the request
        by which it looks for a second person, so that the page can say whether somebody has asked."""
        self.label, self.effect, self.verb, self.states = label, effect, verb, states
        self.needs_reason, self.hint, self.named, self.asks = needs_reason, hint, named, asks
