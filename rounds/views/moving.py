"""Page: a member tells us where she lives now, by the link of a letter, and hears from which vote on it counts."""

from django.shortcuts import render

from groups import members, moving, signup
from groups.forms import MovedForm, district_of
from groups.views import behind_link, unknown_link
from journal import clock
from journal.languages import speak_hers
from rounds import cutoff


@behind_link
def moved(request, token):
    """Her new ZIP, then what it leaves open, then it is so. A roll that is frozen keeps her at her old place."""
    member = members.of_token(token, members.MOVED)
    if member is None:
        return unknown_link(request)
    speak_hers(request, member.language)
    form = MovedForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(
            request, "rounds/moved.html", {"member": member, "form": form}, status=422 if form.is_bound else 200
        )
    data = form.cleaned_data
    if "change" in request.POST:
        return render(request, "rounds/moved.html", {"member": member, "form": MovedForm(initial={"zip": data["zip"]})})
    left = signup.question(data["zip"], data["state"], data["district"])
    if left:
        unanswered = request.POST.get("asked") == left.kind
        context = {"form": form, "question": left, "unanswered": unanswered, "zip": data["zip"]}
        return render(request, "rounds/moved_place.html", context, status=422 if unanswered else 200)
    now = clock.now()
    chosen = district_of(data["district"])
    usps = data["state"] or (chosen.usps if chosen else "")
    changed = moving.move(member, zip5=data["zip"], usps=usps, district=chosen, now=now)
    # On those rolls she stays where she lived as they were frozen; who came later is on none of them.
    keeping = [
        round for round in cutoff.closed_rolls(now) if member.confirmed_at and member.confirmed_at <= round.freeze_at
    ]
    context = {
        "member": member,
        "changed": changed,
        "keeping": keeping,
        "coming": cutoff.for_list(now, since=now).coming,
    }
    return render(request, "rounds/moved_done.html", context)
