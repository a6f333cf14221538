"""Forms that take an address: what a member's costs beside a stranger's, one after the other."""

import time
from datetime import timedelta
from statistics import median

from django.conf import settings
from django.db import connection
from django.test import Client

from groups.forms import opened_mark
from groups.models import Member
from journal import clock

FORMS = {
    "send me my link": "/my-link/",
    "the letter again": "/sign-up/again/",
    "leave the list": "/my-entry/leave/",
    "am I on the roll": "/my-entry/roll/",
    "sign up": "/sign-up/",
}
SIGN_UP = {"first_name": "Ann", "last_name": "Other", "language": "en"}
QUICKEST = timedelta(seconds=3)  # that a form was open


def run(pairs):
    """Medians of so many interleaved pairs, in microseconds: {form: {member, stranger, statements}}."""
    known = list(Member.objects.confirmed().order_by("pk").values_list("email", "zip")[: pairs + 20])
    site, networks, found = Client(), iter(range(1 << 24)), {}

    def ask(path, address, zip5):
        at = next(networks)
        opened = opened_mark(clock.now() - QUICKEST)
        form = {"email": address, "opened": opened, "nickname": ""}
        if path == FORMS["sign up"]:
            form |= SIGN_UP | {"zip": zip5}
        began = time.perf_counter()
        answer = site.post(
            path,
            form,
            secure=True,
            REMOTE_ADDR=f"10.{at >> 16}.{at >> 8 & 255}.{at & 255}",
            headers={"host": settings.ALLOWED_HOSTS[0], "sec-fetch-site": "same-origin"},
        )
        spent = time.perf_counter() - began
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        return spent, answer.content

    for name, path in FORMS.items():
        times = {"member": [], "stranger": []}
        for at, (email, zip5) in enumerate(known):
            both = {"member": email, "stranger": f"stranger{at:06}@example.net"}
            for who in sorted(both, reverse=bool(at % 2)):  # who is first takes turns
                spent, _page = ask(path, both[who], zip5)
                if at >= 20:  # warm by then
                    times[who].append(spent)
        found[name] = {who: round(median(some) * 1e6) for who, some in times.items()}
    connection.close()
    return {"operations": len(FORMS) * pairs * 2, "forms": found}
