"""A leader's answer to what staff asked of her nomination."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from journal import clock
from rounds import replying
from rounds.forms.reply import ReplyForm
from rounds.models import Nomination
from rounds.refusals import Refusal
from rounds.views.leading import led_by


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request, pk):
    """What staff ask, and a box to answer it; 404 for everybody who does not lead the group."""
    sent = Nomination.objects.exclude(reference=None).select_related("group", "candidacy")
    nomination = get_object_or_404(sent.filter(group__in=led_by(request.user)), pk=pk)
    follow = redirect("endorsements:follow_page", nomination.reference)
    if nomination.state != Nomination.State.RETURNED:
        return follow
    form = ReplyForm(request.POST if request.method == "POST" else None, nomination=nomination)
    if form.is_valid():
        try:
            back = replying.reply(nomination, words=form.cleaned_data["words"], by=request.user, now=clock.now())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            if back:
                messages.success(request, _("Your answer is with our staff."))
                return follow
            messages.info(request, _("Your answer is kept. You changed the nomination too: check it and send it."))
            return redirect("rounds:task_list", nomination.pk)
    page = {"nomination": nomination, "form": form}
    return render(request, "rounds/reply.html", page, status=422 if form.errors else 200)
