"""python -m tests.pictures: the pictures of docs/pages.md, of the sample federation, narrow and wide, in two languages.

Each page is one file: in English on a wide screen and a phone, in Spanish on a phone and a wide screen.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from tests import servers
from tests.browser import FLAGS

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "pictures"
PORT = 8197
SITE = f"http://127.0.0.1:{PORT}"
VIEWS = [("en-US", 1280), ("en-US", 360), ("es-US", 360), ("es-US", 1280)]
TALLEST, GAP, SCALE = 1500, 24, 0.5
LEADER, STAFF = "ada.larsen@example.org", "staff@example.org"


def begin(folder):
    """The sample federation on a port of its own; its first words name the ballot of a member."""
    out = Path(folder) / "said"
    with out.open("w") as said:
        demo = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(PORT)],
            cwd=ROOT,
            stdout=said,
            env=os.environ | {"EMBEDDED": "1", "VAR_DIR": str(folder)},
        )
    until = time.monotonic() + 300
    while "Ctrl-C" not in out.read_text():
        if time.monotonic() > until or demo.poll() is not None:
            raise SystemExit(f"The sample federation does not start: {out.read_text()}")
        time.sleep(0.5)
    return demo, re.search(r"http://\S+/v/\S+", out.read_text())[0]


# Run by manage.py shell: somebody's session, as signing in makes it.
SESSION = """
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from groups.models import User
user, session = User.objects.get(email="EMAIL"), SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(session.session_key)
"""


# The private link of a campaign that has begun to answer.
CAMPAIGN = """
from vetting import links
from vetting.models import Response
print(links.url_of(Response.objects.filter(submitted_at=None).order_by("pk").last()))
"""


def told_by(code, folder) -> str:
    """The last word that a few lines say inside the project."""
    said = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"EMBEDDED": "1", "VAR_DIR": str(folder)},
    )
    return said.stdout.split()[-1]


def walk(page, ballot, session, campaign):
    """(name, what stands) for each page to be shown, in its order; the page stands at it when it is named."""
    language = page.evaluate("navigator.language")[:2]
    for name, path in [
        ("front", "/"),
        ("sign-up", "/sign-up/"),
        ("place", "/my-entry/"),
        ("endorsed", "/endorsed/"),
        ("rounds", "/rounds/"),
        ("method", "/method/"),
        ("groups", "/groups/"),
        ("nominate", "/nominate/"),
        ("questionnaire", "/questionnaire/"),
    ]:
        if page.goto(f"{SITE}{path}").ok:
            yield name
    page.goto(f"{ballot}?lang={language}")
    yield "ballot"
    page.click("button[value=start]")
    page.wait_for_load_state()
    yield "race"
    for name, under in [("campaign", ""), ("topic", "topics/2/"), ("members-read", "ballot/")]:
        page.goto(f"{campaign}{under}?lang={language}")
        yield name
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": SITE}])
    page.goto(f"{SITE}/lead/?lang={language}")
    yield "leader"
    page.click("a[href$='/follow/']")
    page.wait_for_load_state()
    yield "follow"
    page.goto(f"{SITE}/lead/?lang={language}")
    page.click("a[href*='/circulate/']")
    page.wait_for_load_state()
    yield "circulate"


# What stands at which address of the desk, as name=key, in one word.
DESK = """
from journal import clock
from rounds.models import Candidacy, Nomination, Round
from vetting import drafting, questionnaires
from voting.models import Result
next_version = {"version": "next", "title": "Questions to candidates"}
round = Round.objects.get(stage="voting")
keys = {
    "voting": round.pk,
    "counted": Round.objects.get(stage="announced").pk,
    "nominating": Round.objects.get(stage="nominating").pk,
    "nomination": Nomination.objects.filter(state="submitted").first().pk,
    "file": Candidacy.objects.filter(response__isnull=False).order_by("-pk").first().pk,
    "candidacy": Candidacy.objects.filter(state="on_ballot").first().pk,
    "result": Result.objects.first().pk,
    "questionnaire": drafting.copy(questionnaires.current(), **next_version, by="pictures", now=clock.now()).pk,
}
print(",".join(f"{name}={key}" for name, key in keys.items()))
"""


def at_the_desk(chromium, session, keys):
    """(name, picture) of each page of docs/staff/, in English on a wide screen."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    context.add_cookies([{"name": "sessionid", "value": session, "url": SITE}])
    page = context.new_page()
    for name, path in [
        ("desk", ""),
        ("desk-plan", "rounds/round/add/"),
        ("desk-questionnaire", "vetting/questionnaire/{questionnaire}/change/"),
        ("desk-nominating", "rounds/round/{nominating}/change/"),
        ("desk-nomination", "rounds/nomination/{nomination}/change/"),
        ("desk-file", "vetting/vettingfile/{file}/change/"),
        ("desk-preflight", "rounds/round/{nominating}/preflight/"),
        ("desk-voting", "rounds/round/{voting}/change/"),
        ("desk-extend", "rounds/round/{voting}/steer/extend/"),
        ("desk-withdraw", "rounds/candidacy/{candidacy}/withdraw/"),
        ("desk-unreached", "voting/contestroll/round/{voting}/"),
        ("desk-results", "rounds/round/{counted}/results/"),
        ("desk-result", "voting/result/{result}/change/"),
        ("desk-rehearse", "rounds/round/rehearse/"),
    ]:
        page.goto(f"{SITE}/desk/{path.format(**keys)}")
        yield name, Image.open(BytesIO(page.screenshot(full_page=True)))
    context.close()


def main():
    from playwright import sync_api

    shots = {}
    with tempfile.TemporaryDirectory() as folder, sync_api.sync_playwright() as playwright:
        demo, ballot = begin(folder)
        try:
            session = told_by(SESSION.replace("EMAIL", LEADER), folder)
            campaign = SITE + urlsplit(told_by(CAMPAIGN, folder)).path
            chromium = playwright.chromium.launch(executable_path=servers.find_browser(), args=FLAGS)
            for view in VIEWS:
                language, width = view
                context = chromium.new_context(viewport={"width": width, "height": 800}, locale=language)
                page = context.new_page()
                for name in walk(page, ballot, session, campaign):
                    shots.setdefault(name, {})[view] = Image.open(BytesIO(page.screenshot(full_page=True)))
                context.close()
            desk = told_by(SESSION.replace("EMAIL", STAFF), folder)
            keys = dict(one.split("=") for one in told_by(DESK, folder).split(","))
            for name, picture in at_the_desk(chromium, desk, keys):
                shots[name] = dict.fromkeys(VIEWS[:1], picture)
            chromium.close()
        finally:
            demo.terminate()
            demo.wait(30)
    FOLDER.mkdir(exist_ok=True)
    for name, views in shots.items():
        side_by_side([views[view] for view in VIEWS if view in views]).save(FOLDER / f"{name}.png", optimize=True)
        print(FOLDER / f"{name}.png")


def side_by_side(images):
    """The views of a page in one picture of few colors."""
    cut = [image.convert("RGB").crop((0, 0, image.width, min(image.height, TALLEST))) for image in images]
    small = [image.resize((int(image.width * SCALE), int(image.height * SCALE)), Image.LANCZOS) for image in cut]
    width, height = sum(image.width + GAP for image in small) + GAP, max(image.height for image in small) + 2 * GAP
    whole = Image.new("RGB", (width, height), "#8a9498")
    left = GAP
    for image in small:
        whole.paste(image, (left, GAP))
        left += image.width + GAP
    return whole.quantize(64)


if __name__ == "__main__":
    main()
