"""Pages: a member’s own place on the list. What she asks for comes by mail, so anybody gets the same answer."""

from dataclasses import dataclass

from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from groups import asking, leaving, members, signup
from groups.forms import GuardedForm
from groups.views import HOUR, behind_link, elsewhere, unknown_link
from journal import clock
from journal.languages import speak_hers
from keys import limits
from keys.origin import same_site

# All wishes of one address together; a whole village may sit behind one network.
PER_ADDRESS, PER_NETWORK = 5, 60


@dataclass(frozen=True)
class Wish:
    """Something to ask for by an address alone: the letter that answers, and the words of its page."""

    letter: str
    title: str | Promise
    lede: str | Promise
    button: str | Promise


@require_safe
def my_entry(request):
    """What a member can ask for, each with a page of its own."""
    return render(request, "groups/my_entry.html")


# /my-entry/…


def page_for(wish):
    """The page of one wish. Whose the address is, is found out later, by the post room: strangers see the same."""

    @never_cache
    @csrf_exempt  # no cookie carries any authority here; same_site checks where the form comes from
    @require_http_methods(["GET", "HEAD", "POST"])
    def page(request):
        if request.method == "POST" and not same_site(request):
            return elsewhere(request)
        now = clock.now()
        form = GuardedForm(request.POST if request.method == "POST" else None, now=now)
        if not form.is_valid():
            form.mark_opened(now)
            return render(
                request, "groups/ask.html", {"form": form, "wish": wish}, status=422 if form.is_bound else 200
            )
        address = form.cleaned_data["email"]
        # Both are counted whatever the first says. Over a limit, and for a program, the answer is the same.
        of_address = limits.allow("my-entry", members.email_key(address), limit=PER_ADDRESS, seconds=HOUR)
        of_network = limits.allow("my-entry-network", limits.network_of(request), limit=PER_NETWORK, seconds=HOUR)
        if of_address and of_network and not form.is_from_program:
            asking.ask(wish.letter, address, now=now)
        return render(request, "groups/asked.html", {"wish": wish})

    return page


moved = page_for(
    Wish(
        asking.MOVED_LETTER,
        _("I moved"),
        _("Enter the address that is on our list. We mail you a link to tell us your new ZIP code."),
        _("Send me the link"),
    )
)
stop_news = page_for(
    Wish(
        asking.STOP_NEWS_LETTER,
        _("Stop the news, keep my vote"),
        _("Enter the address that our news come to. We mail you a link that stops them. Your vote is not touched."),
        _("Send me the link"),
    )
)
leave_list = page_for(
    Wish(
        asking.LEAVE_LETTER,
        _("Leave the list"),
        _("Enter the address that is on our list. We mail you a link to leave it."),
        _("Send me the link"),
    )
)
not_she = page_for(
    Wish(
        asking.NOT_ME_LETTER,
        _("I am not the person you write to"),
        _("Do you get letters that are for somebody else? Enter your address. We mail you a link that ends them."),
        _("Send me the link"),
    )
)

# Links of letters


@behind_link
def leave(request, token):
    """Leave the list: only a choice does, never the opening of the link or a lone button."""
    member = members.of_token(token, members.LEAVE)
    if member is None:
        return unknown_link(request)
    speak_hers(request, member.language)
    wish, done = request.POST.get("wish", ""), ""
    if request.method == "POST" and wish in ("leave", "news", "stay"):
        if wish == "leave":
            leaving.leave(member, now=clock.now())
        elif wish == "news":
            signup.stop_news(member, now=clock.now())
        done = wish
    unanswered = request.method == "POST" and not done
    context = {"member": member, "done": done, "unanswered": unanswered, "left": leaving.has_left(member)}
    return render(request, "groups/leave.html", context, status=422 if unanswered else 200)


@behind_link
def not_me(request, token):
    """Whoever reads this mail says whether it is she we write to; only a choice counts. Then every link dies."""
    member = members.of_token(token, members.NOT_ME)
    if member is None:
        return unknown_link(request)
    speak_hers(request, member.language)
    said = request.POST.get("said", "")
    done = said if request.method == "POST" and said in ("not_me", "me") else ""
    if done == "not_me":
        leaving.disown(member, now=clock.now())
    unanswered = request.method == "POST" and not done
    context = {"member": member, "done": done, "unanswered": unanswered}
    return render(request, "groups/not_me.html", context, status=422 if unanswered else 200)
