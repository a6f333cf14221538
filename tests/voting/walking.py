"""A browser without script: opens a mailed link, presses buttons, sends what the page holds."""

import re

from django.test import Client

from voting import ballotbox, links


def fields(response):
    """What a browser would send of a page's first form: its hidden fields and the button that is checked."""
    form = re.search(r"<form.*?</form>", response.content.decode(), re.S)[0]
    checked = re.findall(r'<input type="radio" name="([^"]+)" value="([^"]*)" id="[^"]+" checked', form)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form) + checked)


def open_link(entry, client=None, **headers):
    return (client or Client()).get(f"/v/{links.ballot_token(entry)}", **headers)


def press(page, go, client=None, **chosen):
    return (client or Client()).post("/vote/", {**fields(page), **chosen, "go": go})


def heading(response):
    text = re.search(r"<h1>(.*?)</h1>", response.content.decode(), re.S)[1]
    return " ".join(text.split())


def walk(entry, first, second):
    """From the mailed link to the check page."""
    (one, two) = in_order(entry)
    page = press(open_link(entry), "start")
    page = press(page, "next", **{f"c{one}": f"{first:02d}"})
    return press(page, "next", **{f"c{two}": f"{second:02d}"})


def in_order(entry):
    return [contest.pk for contest in entry.round.contests.all()]


def in_box(round):
    return {ballotbox.envelope_count(contest) for contest in round.contests.all()}
