"""Every page and letter for people outside the staff is read with ease: grade 8 or lower, in Spanish 70 or more."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from tests import reading
from tests import world as worlds
from tests.test_every_page_accessible import pages_of

pytestmark = [pytest.mark.once, pytest.mark.long]

# A few words are a label, not a text.
FEWEST = 40
HARD = (
    "Notwithstanding the aforementioned provisions, contributions received by the organization in contemplation of "
    "electioneering communications shall be aggregated for determination of applicable statutory limitations."
)
EASY = "You can vote. Open the link in our letter. Press the button. It takes two minutes."
DURO = (
    "Sin perjuicio de las disposiciones anteriormente mencionadas, las contribuciones recibidas por la organización "
    "se acumularán para la determinación de las limitaciones reglamentarias correspondientes."
)
FÁCIL = "Usted puede votar. Abra el enlace. Pulse el botón. Toma dos minutos."


def test_the_measures_tell_the_law_from_plain_words():
    assert reading.grade(EASY) < 3
    assert reading.grade(HARD) > 16
    assert reading.ease(FÁCIL) > 85
    assert reading.ease(DURO) < 30


def test_a_page_is_read_block_by_block_and_only_its_main_part():
    page = "<header>Elsewhere</header><main><h1>One thing</h1><p>Two <b>more</b> words. And 3 here.</p></main>"
    assert reading.sentences(reading.prose_of(page)) == [["One", "thing"], ["Two", "more", "words"], ["And", "here"]]


@pytest.mark.django_db(transaction=True)
def test_pages_and_letters_are_plain(group, ada, dee, set_clock):
    set_clock(worlds.NOW + timedelta(minutes=1))
    world = worlds.World(group, ada, dee)
    leader = Client()
    leader.force_login(ada)
    read, hard = 0, []
    for path in pages_of(world):
        client = leader if path.startswith("/lead/") else Client()
        for language in ("en", "es"):
            text = reading.prose_of(client.get(f"{path}?lang={language}").content.decode())
            if sum(map(len, reading.sentences(text))) < FEWEST:
                continue
            read += 1
            score = reading.grade(text) if language == "en" else reading.ease(text)
            if score > 8 if language == "en" else score < 70:
                hard.append((path, language, round(score, 1)))
    assert (hard, read > 80) == ([], True)
    mail.outbox.clear()
    world.write_every_letter()
    grades = {}
    for letter in mail.outbox:
        body = "\n\n".join(" ".join(block.split()) for block in letter.body.partition("\n--\n")[0].split("\n\n"))
        grades[letter.subject] = round(reading.grade(body), 1)
    assert {subject: grade for subject, grade in grades.items() if grade > 8} == {}
    assert len(grades) > 30
