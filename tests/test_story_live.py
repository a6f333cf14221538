"""One round as its people live it: real pages in a real browser, a real worker and beat, letters read in the mailbox.

test_story.py tells the same story by verbs, with three contests. Here everybody clicks; only time is moved by hand.
"""

import csv
import re
import subprocess
import sys
import time
import zipfile
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from tests import living
from tests.browser import click

# The installation's database is its own; the mark says that both databases are to be tried.
pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db]

ZONE = "America/New_York"
CAMPAIGN = "office@hart.example.org"
QUESTIONS = living.PROJECT / "endorsements" / "sample" / "questions.csv"

# Dee is staff, Ada leads a group in Wyoming, Ben and 29 others are members there.
PEOPLE = """
from groups import places
from groups.models import Group, Leadership, Member, User

User.objects.create_user("dee@example.org", name="Dee Dorn", is_staff=True, is_superuser=True)
ada = User.objects.create_user("ada@example.org", name="Ada Adams")
laramie = Group.objects.create(name="Laramie Group", slug="laramie", legal_form=Group.LegalForm.UNINCORPORATED)
home = places.find("WY-AL")
laramie.places.set([home])
Leadership.objects.create(group=laramie, user=ada, confirmed_at=today)
for name in ["ben", *(f"neighbor{n}" for n in range(29))]:
    Member.objects.create(
        email=f"{name}@example.org", email_key=f"{name}@example.org", first_name=name.title(), zip="82070",
        state=home.state, district=home, joined_at=today, confirmed_at=today, confirmed_how="clicked",
    )
"""

# Neighbors vote too, so that there is something to count again: nine for Wes Hart, four against.
NEIGHBORS_VOTE = """
import secrets
from voting import ballotbox, casting, records
from voting.models import RollEntry

entries = RollEntry.objects.filter(member__first_name__startswith="Neighbor").order_by("member__email")
for entry, option in zip(entries, [1] * 9 + [2] * 4):
    [contest] = ballotbox.contests_of([entry.pk])[entry.pk]
    casting.cast(entry, choices={contest: option}, nonce=secrets.token_bytes(records.NONCE))
"""


@pytest.fixture
def home():
    with living.house(furnish=PEOPLE) as house:
        yield house


@pytest.fixture
def person_at(browser):
    """person_at(home, address, …): somebody at this installation with a browser of her own."""
    people = []

    def sit_down(home, address="", *, width=1280, javascript=True):
        context = browser.new_context(
            base_url=home.url,
            viewport={"width": width, "height": 800},
            java_script_enabled=javascript,
            timezone_id=ZONE,
            locale="en-US",
        )
        context.set_default_timeout(living.PATIENCE * 1000)
        people.append(Person(address, context.new_page()))
        return people[-1]

    yield sit_down
    for one in people:  # pytest shows it where the test has failed
        print(f"== {one.address} was on {one.page.url}\n{one.page.inner_text('body')[:3000]}")
        one.page.context.close()


@pytest.fixture
def person(home, person_at):
    """person(address, …): somebody at the test's installation."""
    return partial(person_at, home)


class Person:
    """Somebody at a screen: she reads, types and clicks, and opens her letters in the mailbox."""

    def __init__(self, address, page):
        self.address, self.page = address, page

    def press(self, name):
        click(self.page, self.page.get_by_role("button", name=name, exact=True))

    def follow(self, name):
        click(self.page, self.page.get_by_role("link", name=name, exact=True).first)

    def fill(self, **fields):
        for name, said in fields.items():
            self.page.locator(f"[name='{name}']").fill(said)

    def choose(self, *labels):
        for label in labels:
            self.page.get_by_label(label, exact=True).check()

    def reads(self):
        """What stands on the page."""
        return self.page.inner_text("body")

    def waits_for(self, words, address=""):
        """Load the page again until the words stand on it."""
        address = address or self.page.url
        deadline = time.monotonic() + living.PATIENCE
        while True:
            self.page.goto(address)
            if words in self.reads():
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"“{words}” never came to stand on {address}:\n{self.reads()}")
            time.sleep(0.2)

    def opens_letter(self, about):
        """Wait in the mailbox for her letter of that subject, open it, and read its text part."""
        self.waits_for(about, f"/outbox/?q={self.address}")
        self.follow(re.compile(re.escape(about)))
        return self.page.inner_text(".letter-text")

    def follows_letter(self, part):
        """Click the link in the letter's text part that has this in its address; gives the address."""
        link = self.page.locator(f".letter-text a[href*='{part}']")
        address = link.get_attribute("href")
        click(self.page, link)
        return address

    def nominates(self):
        """Fill in the pages of a nomination, one after the other, to the last one before sending."""
        yesterday = f"{datetime.now(ZoneInfo(ZONE)) - timedelta(days=1):%m/%d/%Y}"
        pages = [
            ("Your group", ["No"], {}),
            ("The race", ["U.S. House"], {"usps": "WY"}),
            ("The candidate", [], {"name": "Wes Hart", "campaign_name": "Robin Ames", "campaign_email": CAMPAIGN}),
            ("Your local vote", ["A vote at a meeting"], {"decided_on": yesterday, "yes": "41", "no": "5"}),
            ("Why", [], {"stands_for": "Schools.", "measures_up": "Well.", "statement": "Wes drove ninety miles."}),
            ("What you will do", [], {"will_people": "Forty people on doors."}),
            ("Press contact", [], {"media_name": "Mia Press", "media_email": "mia@example.org"}),
        ]
        self.follow(pages[0][0])
        for title, labels, fields in pages:
            assert self.page.inner_text("h1") == title
            self.choose(*labels)
            for name, said in fields.items():
                field = self.page.locator(f"[name='{name}']")
                field.select_option(said) if name == "usps" else field.fill(said)
            self.press("Continue")
        self.follow("Check and send")
        for box in self.page.get_by_role("checkbox").all():
            box.check()

    def answers(self):
        """Answer every topic of the sample's questionnaire as the federation hopes."""
        with QUESTIONS.open() as file:
            hoped = {row["question"]: row["correct_answer"] for row in csv.DictReader(file)}
        for topic in ["Democracy", "Health", "Work", "Land and climate", "About you"]:
            self.follow(topic)
            for fieldset in self.page.locator("fieldset.choices").all():
                question = fieldset.locator("legend").inner_text().partition(". ")[2]
                words = {"yes": "Yes", "no": "No"}.get(hoped[question], "Strongly agree")
                fieldset.get_by_label(words, exact=True).check()
            self.press("Save and go to the list")

    def signs_in(self):
        """On the sign-in page: ask for the code, read it in the mailbox in a second tab, type it."""
        self.fill(email=self.address)
        self.press("Send me a code")
        desk, self.page = self.page, self.page.context.new_page()
        letter = self.opens_letter("is your code")
        self.page.close()
        self.page = desk
        [code] = re.findall(r"^\s*([A-Z0-9-]{6,9})\s*$", letter, re.M)
        self.fill(code=code)
        self.press("Sign in")


def plan_a_round(dee):
    """Dee signs in and plans a round from one date, today; gives the address of its page at the desk."""
    dee.page.goto("/desk/")
    dee.signs_in()
    dee.follow("Plan a round")
    midnight = datetime.now(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0)
    dee.page.get_by_label("Cycle").select_option("The cycle")
    dee.fill(name="Round 1", starts_at_0=f"{midnight:%Y-%m-%d}", starts_at_1=f"{midnight:%H:%M:%S}")
    dee.press("Plan it")
    return dee.page.url


def test_everybody_clicks_through_a_round(home, person, tmp_path):
    dee = person("dee@example.org")
    ada = person("ada@example.org")
    campaign = person(CAMPAIGN)
    ben = person("ben@example.org", width=360, javascript=False)
    visitor = person()

    # Draft: Dee plans the round, and beat opens it.
    desk = plan_a_round(dee)
    dee.waits_for("Where we are: Nominations", desk)

    # Nominations: Ada gets the letter, signs in, fills in every page and sends.
    assert "Round 1 takes nominations until" in ada.opens_letter("Nominations are open: Round 1")
    ada.follows_letter("/lead/")
    ada.signs_in()
    ada.follow("Nominate a candidate")
    ada.press("Begin a new nomination")
    ada.nominates()
    ada.press("Send the nomination")
    assert "We have your nomination" in ada.reads()
    reference = ada.page.inner_text(".number")
    assert reference in ada.opens_letter(f"Your nomination {reference} is here")

    # Dee accepts it; the worker mails the questionnaire.
    dee.page.goto("/desk/")
    dee.follow("Nominations")
    dee.follow(reference)
    dee.follow("Accept")
    dee.press("Accept")

    # The campaign opens its link from the letter, answers everything, signs, sends.
    campaign.opens_letter("Questionnaire for Wes Hart")
    campaign.follows_letter("/q/")
    campaign.follow("Start")
    campaign.answers()
    campaign.follow("Check, sign and send")
    campaign.choose("Yes, you may publish them")
    campaign.fill(name="Robin Ames", role="Campaign manager")
    campaign.press("Send the answers")
    assert "We have your answers" in campaign.reads()

    # Vetting: Dee reads the file and clears it; Ada reads the answers.
    home.let_come("nominations_close_at")
    dee.waits_for("Where we are: Vetting", desk)
    dee.page.goto("/desk/")
    dee.follow("Vetting files")
    dee.follow("Wes Hart")
    assert "12 of 12 right" in dee.reads()
    dee.choose("Clear: may go on the ballot")
    dee.page.locator("[name='decide-reason']").fill("Record and answers agree.")
    dee.press("Decide")
    assert "The groups get a letter." in dee.reads()
    ada.opens_letter("Wes Hart is cleared")
    ada.follows_letter("/lead/")
    assert "Will you support automatic voter registration?" in ada.reads()

    # The roll is frozen: Dee looks whether anything keeps the round.
    home.let_come("freeze_at")
    dee.waits_for("Where we are: Roll frozen", desk)
    dee.waits_for("Nothing holds this round up.", "/desk/")
    dee.follow("Round 1")
    assert "The embedded default holds all three kinds of keys itself." in dee.reads()

    # Voting: Ben, on his phone, from the link in the letter's text; neighbors vote too.
    home.let_come("voting_opens_at")
    assert "Endorsed by Laramie Group." in ben.opens_letter("Your Sample Federation vote")
    link = ben.follows_letter("/v/")
    token = link.rpartition("/")[2]
    home.shell(NEIGHBORS_VOTE)
    ben.press("Start")
    ben.page.get_by_role("radio", name=re.compile("^Yes")).check()
    ben.press("Continue")
    assert "Yes" in ben.page.inner_text(".summary")
    ben.press("Send my vote")
    number = ben.page.inner_text(".number")
    ben.page.reload()
    assert ben.page.inner_text(".number") == number
    ben.press("Mail me a receipt")
    ben.press("Show where to find my vote in the public file")
    line = ben.page.inner_text(".summary code")
    ben.page.goto(link)
    assert "We already have your vote" in ben.reads()
    assert line not in ben.opens_letter("We have your vote")
    assert ben.page.context.cookies() == []

    # Counted: turnout is under the floor, so Dee decides with a reason, and certifies.
    home.let_come("voting_closes_at")
    dee.waits_for("1 result waits for a teller.", desk)
    dee.follow("Results of all contests")
    assert "0 endorsed, 0 not endorsed, 1 needs a decision, 0 void." in dee.reads()
    dee.follow("Decide")
    assert "14 votes were cast; at least 25 are needed." in dee.reads()
    dee.choose("Endorse")
    dee.fill(reason="Half of a small roll voted, and ten of fourteen were for him.", typed="Round 1")
    dee.press("Decide")
    dee.page.goto(desk)
    dee.follow("Certify the results")
    dee.fill(reason="Counted and checked.", typed="Round 1")
    dee.press("Certify the results")
    dee.waits_for("Where we are: Certified", desk)

    # Certified: Ada knows before the public, and is asked to keep it to herself.
    assert "Please do not share this yet." in ada.opens_letter("Embargoed: the result for Wes Hart")
    ada.follows_letter("/lead/")
    ada.follow(re.compile("Wes Hart"))
    assert "Please do not share this before" in ada.reads()
    visitor.page.goto("/")
    visitor.follow("Endorsed")
    assert "Wes Hart" not in visitor.reads()

    # Announced: letters to the members, and pages for everybody.
    home.let_come("announce_at")
    ben.opens_letter("Result of our vote: WY-AL")
    ben.follows_letter("/rounds/")
    visitor.waits_for("Wes Hart")
    visitor.follow(re.compile("Wes Hart"))
    assert "10 of 14 votes (71.42%), turnout 46.66%" in visitor.reads()
    visitor.follow("Round 1")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="Download the package").click()
    package = tmp_path / "package.zip"
    download.value.save_as(package)
    recount = [sys.executable, living.PROJECT / "tools" / "recount.py", package]
    counted = subprocess.run(recount, capture_output=True, text=True)
    assert (counted.returncode, counted.stderr) == (0, "")
    assert "Yes 10 (71.42%), No 4 (28.57%)" in counted.stdout
    ben.follow("Find my line")
    ben.fill(code=line)
    ben.press("Find my line")
    assert "Your line is in the file." in ben.reads()

    # A month later the list of who voted is destroyed.
    home.let_come("announce_at", days=30)
    dee.waits_for("Where we are: Archived", desk)

    # Nothing that was logged, passed on or kept on the way holds what only Ben may know. His line stands among the
    # others in the published file, byte by byte as everybody may load it, and nowhere else.
    heard = {**home.said(), "broker": home.passed_on(), "files": home.kept()}
    with zipfile.ZipFile(package) as files:
        [published] = [files.read(name).decode() for name in files.namelist() if name.endswith("/ballots.csv")]
    assert line in published
    beside = {name: said.replace(published, "") for name, said in heard.items()}
    assert {name for name, said in beside.items() if token in said or line in said} == set()
    assert {name for name, said in home.said().items() if ben.address in said} == set()
    assert re.findall(r"^(?:WARNING|ERROR|CRITICAL|Traceback).*", "\n".join(home.said().values()), re.M) == []
    assert "mailings.send_letters" in heard["files"]  # beat's own
    if home.broker:
        assert set(home.said()) == {"beat", "web", "worker"}
        assert "mailings.send_letters" in heard["broker"]
        assert '{"callbacks": null,' in heard["broker"]  # the body of a message, unpacked


def test_without_redis_one_process_is_web_worker_and_beat(person_at):
    with living.house(furnish=PEOPLE, over_redis=False) as home:
        dee, ada = person_at(home, "dee@example.org"), person_at(home, "ada@example.org")

        desk = plan_a_round(dee)
        dee.waits_for("Where we are: Nominations", desk)
        ada.opens_letter("Nominations are open: Round 1")
        ada.follows_letter("/lead/")
        ada.signs_in()

        assert "Laramie Group" in ada.reads()
        assert list(home.said()) == ["demo"]
