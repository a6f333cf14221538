"""What anybody may read about nominating: who can, what it takes, every question."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from journal import clock
from rounds import planning
from rounds.forms.nomination import TASKS, SendForm
from rounds.models import Nomination


@require_safe
def start_page(request):
    """Who may nominate, what she needs, and the dates."""
    now = clock.now()
    cycle = planning.current_cycle(now)
    round = planning.open_round(cycle, now) if cycle else None
    coming = None if round or not cycle else planning.coming_round(cycle, now)
    return render(request, "rounds/start_page.html", {"cycle": cycle, "round": round, "coming": coming, "now": now})


@require_safe
def all_questions(request):
    """Every question of the form on one page, to read or print before signing in."""
    now = clock.now()
    blank = {"group": None, "nomination": Nomination(), "now": now}
    tasks = [(task, task.form(**blank)) for task in TASKS]
    return render(request, "rounds/all_questions.html", {"tasks": tasks, "send": SendForm()})
