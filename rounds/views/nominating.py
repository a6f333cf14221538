"""A nomination step by step: begin, one page a task, check and send, receipt, withdraw."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from groups.models import Group
from journal import clock, languages
from rounds import admission, commitments, nominating, planning
from rounds.forms import nomination as tasks
from rounds.models import Candidacy, Nomination
from rounds.refusals import Refusal
from rounds.views.leading import contact_of, led_by


def own(user, pk):
    """The nomination with its group, when the user leads that group; else 404."""
    nominations = Nomination.objects.select_related(
        "group", "cycle", "candidacy", "race__place__state", "draft_saved_by"
    )
    return get_object_or_404(nominations, pk=pk, group__in=led_by(user))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request, slug):
    """Begin a nomination: how the group is organized, if we don't know; whom others named; and start."""
    now = clock.now()
    group = get_object_or_404(led_by(request.user), slug=slug)
    cycle = planning.current_cycle(now)
    page = {"group": group, "cycle": cycle, "contact": contact_of(group), "zone": settings.TIME_ZONE}
    problem = None
    if request.method == "POST" and group.legal_form == Group.LegalForm.UNKNOWN:
        try:
            nominating.state_legal_form(group, request.POST.get("legal_form", ""), by=request.user, now=now)
        except Refusal as refusal:
            problem = refusal
        else:
            return redirect("rounds:begin", slug=group.slug)
    if group.legal_form == Group.LegalForm.UNKNOWN:
        forms = [one for one in Group.LegalForm.choices if one[0] != Group.LegalForm.UNKNOWN]
        page |= {"legal_forms": forms, "problem": problem}
        return render(request, "rounds/legal_form.html", page, status=400 if problem else 200)
    try:
        admission.check_group(group)
        if cycle is None:
            raise Refusal(_("No round is planned yet. We will write to you when the first one is."))
        if request.method == "POST":
            said = request.POST.get("candidacy")
            candidacy = near(group, cycle, said) if said else None
            nomination = nominating.start(group, cycle=cycle, by=request.user, now=now)
            if candidacy:
                nominating.save_draft(nomination, data=known_of(candidacy), by=request.user, now=now)
            return redirect("rounds:task_list", pk=nomination.pk)
    except Refusal as refusal:
        return render(request, "rounds/stop.html", page | {"refusal": refusal}, status=403)
    page |= {
        "round": planning.open_round(cycle, now),
        "coming": planning.coming_round(cycle, now),
        "named": named_nearby(group, cycle),
        "drafts": group.nominations.filter(state__in=Nomination.EDITABLE).select_related("draft_saved_by"),
    }
    return render(request, "rounds/begin.html", page)


def named_nearby(group, cycle):
    """Candidacies that others named in races the group reaches, and it has not named anybody there."""
    own_places = list(group.places.all())
    near = Q(race__place__in=own_places) | Q(race__place__in=[place.state_id for place in own_places])
    near |= Q(race__place__state__in=[place.pk for place in own_places])
    near |= Q(race__place__in=group.admissions.values("place"))
    taken = Nomination.objects.counting().filter(group=group).values("race")
    counting = Q(nominations__state__in=Nomination.COUNTING)
    chosen = Candidacy.objects.standing().filter(near, race__cycle=cycle).exclude(race__in=taken)
    return (
        chosen.with_race()
        .annotate(groups_behind=Count("nominations", filter=counting))
        .filter(groups_behind__gt=0)[:20]
    )


def near(group, cycle, said):
    """The standing candidacy of this key in a race that the group reaches; 404 for any other, and for no key."""
    if not said.isdecimal() or len(said) > 18:
        raise Http404
    candidacy = get_object_or_404(Candidacy.objects.standing().with_race(), pk=said, race__cycle=cycle)
    if not admission.reaches(group, candidacy.race.place):
        raise Http404
    return candidacy


def known_of(candidacy) -> dict:
    """Race and candidate as fields of a draft. The campaign's contact stays with those who gave it."""
    place = candidacy.race.place
    return {
        "office": candidacy.race.office,
        "usps": place.usps,
        "district": str(place.number) if place.number else "",
        "name": candidacy.name,
        "party": candidacy.party,
        "incumbent": "on" if candidacy.incumbent else "",
        "first_run": "on" if candidacy.first_run else "",
        "website": candidacy.website,
        "social": candidacy.social,
        "fec_candidate": candidacy.fec_candidate,
        "fec_committee": candidacy.fec_committee,
    }


@login_required
@require_safe
def task_list(request, pk):
    """All tasks with their states; the draft waits here as long as she likes."""
    now = clock.now()
    nomination = own(request.user, pk)
    if nomination.state not in Nomination.EDITABLE:
        return redirect("rounds:receipt", pk=nomination.pk)
    checked = tasks.check(nomination, now=now)
    known = tasks.named_before(nomination)
    return render(
        request,
        "rounds/task_list.html",
        {
            "nomination": nomination,
            "group": nomination.group,
            "tasks": [(task, checked.states[task.slug]) for task in tasks.TASKS],
            "ready": not checked.problems,
            "known": known,
            "behind": known.nominations.counting().count() if known else 0,
            "seen": nominating.fingerprint(standing(nomination, known_of(known))) if known else "",
            "rivals": tasks.rivals(nomination),
            "round": planning.open_round(nomination.cycle, now),
            "coming": planning.coming_round(nomination.cycle, now),
            "contact": contact_of(nomination.group),
            "zone": settings.TIME_ZONE,
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def task_page(request, pk, task):
    """One task. Continue keeps what was typed and checks nothing."""
    now = clock.now()
    nomination = own(request.user, pk)
    if task not in tasks.BY_SLUG:
        raise Http404
    task = tasks.BY_SLUG[task]
    if nomination.state not in Nomination.EDITABLE:
        return redirect("rounds:receipt", pk=nomination.pk)
    problem, overtaken, data = None, False, None
    if request.method == "POST":
        data = tasks.typed(task, request.POST)
        try:
            kept = nominating.save_draft(
                nomination, data=data, by=request.user, now=now, seen=request.POST.get("seen", "")
            )
        except Refusal as refusal:
            problem, kept = refusal, False
            data = {name: text.replace("\x00", "") for name, text in data.items()}
        if kept:
            if languages.SWITCH in request.POST:
                return redirect("rounds:task_page", pk=nomination.pk, task=task.slug)
            if "later" in request.POST:
                messages.success(request, _("Saved. Come back when you like."))
                return redirect("rounds:lead_home")
            return redirect(next_page(nomination, task))
        overtaken = problem is None
    form = plain(task, nomination, now=now, data=data)
    if problem:
        form.problem = str(problem)
    theirs = differing(form, nomination, data) if overtaken else []
    page = {
        "nomination": nomination,
        "group": nomination.group,
        "task": task,
        "form": form,
        "problem": problem,
        "theirs": theirs,
        "seen": seen_mark(task, nomination),
        "contact": contact_of(nomination.group),
        "zone": settings.TIME_ZONE,
    }
    return render(request, "rounds/task_page.html", page, status=400 if problem else 409 if overtaken else 200)


def plain(task, nomination, *, now, data=None):
    """The task's form as a page to type into: with the text as it stands, and no errors yet."""
    names = task.form.base_fields
    filled = data if data is not None else {name: nomination.draft.get(name, "") for name in names}
    if data is None and not any(filled.values()):
        filled = tasks.form_for(task, nomination, now=now).initial
    return task.form(group=nomination.group, nomination=nomination, now=now, initial=filled)


def seen_mark(task, nomination):
    """What the form shows of the stored draft, so that a later save can tell whether it changed."""
    return nominating.fingerprint({name: nomination.draft.get(name, "") for name in task.form.base_fields})


def differing(form, nomination, data):
    """The questions that two leaders answered differently: (label, what stands there, what was just typed)."""
    return [
        (field.label, in_words(field, nomination.draft.get(name, "")), in_words(field, data[name]))
        for name, field in form.fields.items()
        if nomination.draft.get(name, "") != data[name]
    ]


def in_words(field, said):
    """An answer as people read it: the choice's own words, Yes or No for a tick, else the text."""
    if field.widget.__class__.__name__ == "CheckboxInput":
        return _("Yes") if said else _("No")
    return dict(getattr(field, "choices", [])).get(said, said)


def standing(nomination, fields):
    """What the draft holds of these fields."""
    return {name: nomination.draft.get(name, "") for name in fields}


def next_page(nomination, task):
    """The task after this one, or the list after the last."""
    at = tasks.TASKS.index(task) + 1
    if at == len(tasks.TASKS):
        return reverse("rounds:task_list", args=[nomination.pk])
    return reverse("rounds:task_page", args=[nomination.pk, tasks.TASKS[at].slug])


@login_required
@require_POST
def join(request, pk):
    """Take race and candidate from a candidacy that other groups named: their nomination is joined."""
    now = clock.now()
    nomination = own(request.user, pk)
    candidacy = near(nomination.group, nomination.cycle, request.POST.get("candidacy", ""))
    seen = request.POST.get("seen", "")
    try:
        kept = nominating.save_draft(nomination, data=known_of(candidacy), by=request.user, now=now, seen=seen)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        if not kept:
            messages.error(request, _("Somebody changed this draft just now. Look at it, then press again."))
    return redirect("rounds:task_list", pk=nomination.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check_and_send(request, pk):
    """Everything at a glance; problems, each with the way to its task; the ticks; Send."""
    now = clock.now()
    nomination = own(request.user, pk)
    if nomination.state not in Nomination.EDITABLE:
        return redirect("rounds:receipt", pk=nomination.pk)
    checked = tasks.check(nomination, now=now)
    form = tasks.SendForm(request.POST if request.method == "POST" else None)
    refused, seen = None, nominating.fingerprint(nomination.draft)
    if request.POST.get("seen", seen) != seen:
        form = tasks.SendForm()
        refused = _("Somebody changed this nomination while you read it. Read it again, then send it.")
    elif request.method == "POST" and not checked.problems and form.is_valid():
        try:
            attested = [name for name, ticked in form.cleaned_data.items() if ticked]
            nominating.submit(nomination, answers=checked.answers | {"attested": attested}, by=request.user, now=now)
        except Refusal as refusal:
            refused = refusal
        else:
            return redirect("rounds:receipt", pk=nomination.pk)
    page = {
        "nomination": nomination,
        "group": nomination.group,
        "form": form,
        "problems": checked.problems,
        "refused": refused,
        "seen": seen,
        "summary": [(task, summary(task, nomination, now=now)) for task in tasks.TASKS],
        "rivals": tasks.rivals(nomination),
        "contact": contact_of(nomination.group),
    }
    return render(request, "rounds/check_and_send.html", page, status=400 if request.method == "POST" else 200)


def summary(task, nomination, *, now):
    """The task's questions with what was typed, as text; numbers that nobody promised are left out."""
    lines = []
    form = plain(task, nomination, now=now)
    for name, field in form.fields.items():
        said = nomination.draft.get(name, "")
        if name in commitments.FIELDS and not said:
            continue
        lines.append((field.label, in_words(field, said)))
    return lines


@login_required
@require_safe
def receipt(request, pk):
    """The number, and what happens next, with dates."""
    now = clock.now()
    nomination = own(request.user, pk)
    if nomination.state in Nomination.EDITABLE:
        return redirect("rounds:task_list", pk=nomination.pk)
    round = nomination.candidacy.round if nomination.candidacy else None
    page = {
        "nomination": nomination,
        "group": nomination.group,
        "round": round,
        "coming": planning.coming_round(nomination.cycle, now),
        "sent": [(task, summary(task, nomination, now=now)) for task in tasks.TASKS] if nomination.draft else [],
        "may_withdraw": nomination.state in Nomination.COUNTING,
        "contact": contact_of(nomination.group),
        "now": now,
    }
    return render(request, "rounds/receipt.html", page)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request, pk):
    """Take a nomination back, after one question."""
    nomination = own(request.user, pk)
    reason = request.POST.get("reason", "").replace("\x00", "")[: nominating.LONGEST_ANSWER]
    if request.method == "POST" and languages.SWITCH not in request.POST:
        try:
            nominating.withdraw(nomination, by=request.user, now=clock.now(), reason=reason)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Your nomination is withdrawn."))
        return redirect("rounds:lead_home")
    page = {"nomination": nomination, "group": nomination.group, "reason": reason}
    return render(request, "rounds/withdraw.html", page)
