"""Outside the desk nothing shows that a rehearsal runs or ran: no page, feed, calendar, table or number."""

import pytest

from endorsements.desk import exporting
from endorsements.health import metrics_views
from endorsements.models import Endorsement
from rounds import planning
from rounds.models import Round
from tests.crawl import addresses
from tests.endorsements.rehearsal.test_rehearsing import MINUTE, begin, house, run
from voting.models import PackageFile

__all__ = ["house"]  # a fixture

pytestmark = pytest.mark.django_db(transaction=True)

Stage = Round.Stage
STAFF_ONLY = {"desk", "accounts", "outbox", "hooks", "i18n", "media"}


@pytest.fixture(params=[Stage.NOMINATING, Stage.FROZEN, Stage.VOTING, Stage.ANNOUNCED])
def rehearsal(request, house, dee, set_clock):
    round = begin(house, dee, set_clock)
    until = {Stage.NOMINATING: round.nominations_open_at, Stage.FROZEN: round.freeze_at}
    until |= {Stage.VOTING: round.voting_opens_at, Stage.ANNOUNCED: round.announce_at}
    run(round, set_clock, until=until[request.param] + MINUTE / 2)
    assert round.stage == request.param
    return round


def test_no_public_page_and_none_of_a_leader_names_it(rehearsal, client, ada, group):
    plain = {address.filled({}) for address in addresses() if not address.parameters and address.room not in STAFF_ONLY}
    paths = plain | {f"/groups/{group.slug}/"}
    found = []
    for user in (None, ada):
        if user:
            client.force_login(user)
        for path in sorted(paths):
            answer = client.get(path)
            said = b"".join(answer.streaming_content) if answer.streaming else answer.content
            if b"ehearsal" in said:
                found.append(path)
    assert len(paths) > 20 and found == []


def test_its_own_addresses_are_none(rehearsal, client):
    paths = {
        address.filled({"slug": rehearsal.slug, "name": "rules.json"})
        for address in addresses()
        if address.room == "rounds" and set(address.parameters) in ({"slug"}, {"slug", "name"})
    }
    paths |= {one.get_absolute_url() for one in Endorsement.objects.filter(round=rehearsal)}
    answers = {path: client.get(path).status_code for path in paths}
    assert len(answers) >= 3 and set(answers.values()) == {404}


def test_it_is_in_no_table_number_or_package_and_in_nobodys_plans(rehearsal, house, dee):
    assert all("Rehearsal" not in line for line in exporting.lines(exporting.TABLES["candidacies"], dee))
    now = rehearsal.announce_at
    rounds = [line for line in metrics_views.lines(now) if line.startswith("endorsements_rounds{")]
    assert sum(float(line.split()[-1]) for line in "".join(rounds).splitlines() if line[0] != "#") == 2
    assert not PackageFile.objects.filter(round=rehearsal).exists()
    assert rehearsal.pk not in {date.round.pk for date in planning.next_dates(house.cycle, house.nominations_open_at)}
    assert planning.current_cycle(now) == house.cycle
