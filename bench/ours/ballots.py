"""The vote of a simulated round: opened, tickets of distinct voters made, and the box emptied between two runs."""

from django.db import connection

from endorsements import lifecycle
from endorsements.simulation import play
from journal import clock
from rounds.models import Round
from voting import ballotbox, tickets
from voting.models import RollEntry


def prepare():
    """Keys, and the vote opened. Letters are written by another row."""
    round, now = Round.objects.get(), clock.now()
    play.make_keys(round, now=now)
    lifecycle.step(round, Round.Stage.VOTING, by=None, now=now)
    return {}


def tickets_of(count, file):
    """Write the forms of so many voters with one contest each, ready to be sent, one a line; the box is emptied.

    A ticket is good for an hour. Whose ballot is measured is chosen by the random credential.
    """
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE envelope")
        cursor.execute("CHECKPOINT")
        cursor.execute(
            "SELECT credential, min(contest_id) FROM eligibility GROUP BY credential HAVING count(*) = 1"
            " ORDER BY credential LIMIT %s",
            [count],
        )
        wanted = dict(cursor.fetchall())
    now, written = clock.now(), 0
    entries = RollEntry.objects.select_related("member")
    with open(file, "w") as forms:
        for some in pieces(sorted(wanted), 2000):
            for entry in entries.filter(pk__in=some):
                ticket = tickets.issue(entry, now=now).text
                forms.write(f"ticket={ticket}&at=check&language=en&c{wanted[entry.pk]}=01&go=send\n")
                written += 1
    return {"forms": written}


def envelopes():
    """How many ballots lie in the box."""
    return {"envelopes": ballotbox.asked("SELECT count(*) FROM envelope", [])}


def pieces(values, size):
    return (values[start : start + size] for start in range(0, len(values), size))
