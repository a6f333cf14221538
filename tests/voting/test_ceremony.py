"""The keys of a round: made once, rehearsed by host and escrow, destroyed after it."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from journal.models import Entry
from keys import escrow, files, sealing
from rounds.models import Round
from tests.factories.rounds import RoundFactory
from voting import ceremony, records
from voting.models import KeyTest
from voting.refusals import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def frozen(db):
    """A frozen round without keys."""
    return RoundFactory(stage=Round.Stage.FROZEN, slug="spring", name="Spring round")


@pytest.fixture
def now(frozen):
    return frozen.freeze_at + timedelta(hours=1)


def standing(round):
    """Which of the round's four key files stand here."""
    name = records.key_name(round.pk)
    places = [("link", name), ("cast", name), ("cast", f"{name}.pub"), ("seal", name)]
    return [f"{kind}/{key}" for kind, key in places if files.stands(kind, key)]


def all_four(round):
    name = records.key_name(round.pk)
    return [f"link/{name}", f"cast/{name}", f"cast/{name}.pub", f"seal/{name}"]


def test_making_keys_writes_four_files(frozen, dee, now):
    assert ceremony.make_keys(frozen, by=dee, now=now) is True

    assert standing(frozen) == all_four(frozen)
    name = records.key_name(frozen.pk)
    assert sealing.public_of(files.read("seal", name)) == files.read("cast", f"{name}.pub")
    assert len({files.read(kind, name) for kind in ("link", "cast", "seal")}) == 3
    assert ceremony.keys_stand(frozen)
    assert Entry.objects.get(verb="keys.made").after == {"fingerprint": ceremony.fingerprint(frozen)}


def test_making_keys_twice_keeps_the_first(frozen, dee, now):
    ceremony.make_keys(frozen, by=dee, now=now)
    before = [files.path_of(*place.split("/")).read_bytes() for place in all_four(frozen)]

    assert ceremony.make_keys(frozen, by=dee, now=now) is False
    assert [files.path_of(*place.split("/")).read_bytes() for place in all_four(frozen)] == before
    assert Entry.objects.filter(verb="keys.made").count() == 1


def test_no_new_keys_once_the_vote_is_open(frozen, dee, now):
    Round.objects.filter(pk=frozen.pk).update(stage=Round.Stage.VOTING)
    frozen.refresh_from_db()

    with pytest.raises(Refusal, match="before the vote opens"):
        ceremony.make_keys(frozen, by=dee, now=now)
    assert standing(frozen) == []


def test_no_second_seal_key_beside_a_public_key_from_elsewhere(frozen, dee, now):
    ceremony.make_keys(frozen, by=dee, now=now)
    files.destroy("seal", records.key_name(frozen.pk))

    with pytest.raises(Refusal, match="stands on another host"):
        ceremony.make_keys(frozen, by=dee, now=now)


def test_host_and_escrow_open_a_test_envelope_each(frozen, dee, now):
    ceremony.make_keys(frozen, by=dee, now=now)
    shares = ceremony.escrow(frozen, by=dee, now=now)
    assert len(ceremony.ready(frozen)) == 2

    ceremony.test_host(frozen, by=dee, now=now)
    [still] = ceremony.ready(frozen)
    assert still.startswith("Two holders of the escrowed key have not opened a test envelope.")
    ceremony.test_escrow(frozen, shares[2], shares[0], by=dee, now=now)

    assert ceremony.ready(frozen) == []
    print_of = ceremony.fingerprint(frozen)
    assert list(KeyTest.objects.order_by("holder").values_list("holder", "fingerprint", "tested_by")) == [
        ("escrow", print_of, "Dee Dorn"),
        ("host", print_of, "Dee Dorn"),
    ]


def test_rehearsing_twice_keeps_one_row_each(frozen, dee, now):
    ceremony.make_keys(frozen, by=dee, now=now)
    for minutes in (0, 1):
        ceremony.test_host(frozen, by=dee, now=now + timedelta(minutes=minutes))

    assert KeyTest.objects.get().tested_at == now + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("file", "begins"),
    [
        ("link/{}", "The key for the ballot links is not on this host"),
        ("cast/{}", "The key for taking votes is not on this host"),
        ("cast/{}.pub", "The public half of the seal key is not on this host"),
    ],
)
def test_each_missing_key_file_is_named_with_its_command(frozen, now, file, begins):
    ceremony.make_ready(frozen, now=now)
    kind, _slash, name = file.format(records.key_name(frozen.pk)).partition("/")
    files.destroy(kind, name)

    [sentence] = ceremony.ready(frozen)
    assert sentence.startswith(begins)
    assert sentence.endswith(f"({kind}/{name}). Run: manage.py round_keys make spring")


def test_tests_under_another_fingerprint_do_not_count(frozen, now):
    ceremony.make_ready(frozen, now=now)
    files.destroy("cast", records.public_name(frozen.pk))
    files.make("cast", records.public_name(frozen.pk), sealing.make_pair()[1])

    assert len(ceremony.ready(frozen)) == 2
    with pytest.raises(Refusal, match="does not open a test envelope"):
        ceremony.test_host(frozen, by=None, now=now)


@pytest.mark.parametrize("pick", [(0, 0), (1, 1)])
def test_one_share_twice_opens_nothing(frozen, dee, now, pick):
    ceremony.make_keys(frozen, by=dee, now=now)
    shares = ceremony.escrow(frozen, by=dee, now=now)

    with pytest.raises(Refusal, match="Two different shares are needed"):
        ceremony.test_escrow(frozen, shares[pick[0]], shares[pick[1]], by=dee, now=now)


def test_shares_of_another_key_open_nothing(frozen, dee, now):
    ceremony.make_keys(frozen, by=dee, now=now)
    first, second, _third = escrow.split(bytes(32))

    with pytest.raises(Refusal, match="does not open a test envelope"):
        ceremony.test_escrow(frozen, first, second, by=dee, now=now)
    assert KeyTest.objects.count() == 0


@pytest.mark.parametrize("typed", ["", "nonsense", "a12.b", "\x00", "a" * 100_000])
def test_what_is_no_share_is_refused_with_a_sentence(frozen, dee, now, typed):
    ceremony.make_keys(frozen, by=dee, now=now)

    with pytest.raises(Refusal):
        ceremony.test_escrow(frozen, typed, typed, by=dee, now=now)


def test_shares_are_given_once_and_again_only_with_a_reason(frozen, dee, now):
    ceremony.make_keys(frozen, by=dee, now=now)
    old = ceremony.escrow(frozen, by=dee, now=now)
    with pytest.raises(Refusal, match="given out before"):
        ceremony.escrow(frozen, by=dee, now=now)
    new = ceremony.escrow(frozen, by=dee, now=now, again="A holder lost hers.")

    with pytest.raises(escrow.BadShares):
        escrow.join(old[0], new[1])
    assert escrow.join(new[0], new[1]) == escrow.join(old[0], old[1])
    assert Entry.objects.filter(verb="keys.escrowed").count() == 2


def test_no_share_stands_in_the_journal_or_in_a_file(frozen, dee, now):
    ceremony.make_keys(frozen, by=dee, now=now)
    shares = ceremony.escrow(frozen, by=dee, now=now)
    pieces = [piece[1:] for share in shares for piece in share.split(".")]

    said = "".join(f"{entry.reason}{entry.before}{entry.after}" for entry in Entry.objects.all())
    kept = [files.path_of(*place.split("/")).read_bytes().hex() for place in all_four(frozen)]
    assert not [piece for piece in pieces if piece in said or piece in kept]


def test_the_embedded_default_does_it_all_and_says_so(frozen, now):
    assert ceremony.make_ready(frozen, now=now) is True
    assert ceremony.make_ready(frozen, now=now) is False

    assert ceremony.ready(frozen) == []
    entry = Entry.objects.get(verb="keys.embedded")
    assert entry.actor == "clock"
    assert "for trials only" in entry.reason


def test_elsewhere_people_make_the_keys(frozen, now, settings):
    settings.EMBEDDED = False

    with pytest.raises(Refusal, match="round_keys make spring"):
        ceremony.make_ready(frozen, now=now)
    assert standing(frozen) == []


# Destroying


@pytest.mark.parametrize("stage", [Round.Stage.VOTING, Round.Stage.POLLS_CLOSED, Round.Stage.COUNTED])
def test_keys_are_not_destroyed_while_ballots_may_have_to_be_opened(frozen, now, stage):
    ceremony.make_ready(frozen, now=now)
    Round.objects.filter(pk=frozen.pk).update(stage=stage)
    frozen.refresh_from_db()

    with pytest.raises(Refusal, match="once it is certified or cancelled"):
        ceremony.destroy_keys(frozen, by=None, now=now)
    assert standing(frozen) == all_four(frozen)


def test_the_link_key_outlives_the_vote_by_a_day(frozen, now):
    ceremony.make_ready(frozen, now=now)
    Round.objects.filter(pk=frozen.pk).update(stage=Round.Stage.CERTIFIED)
    frozen.refresh_from_db()
    print_of, day_after = ceremony.fingerprint(frozen), frozen.voting_closes_at + timedelta(days=1)
    link, cast, public, seal = all_four(frozen)

    assert ceremony.destroy_keys(frozen, by=None, now=day_after - timedelta(minutes=1)) == [seal, cast, public]
    assert standing(frozen) == [link]
    assert ceremony.destroy_keys(frozen, by=None, now=day_after) == [link]
    assert ceremony.destroy_keys(frozen, by=None, now=day_after) == []
    assert standing(frozen) == []
    assert ceremony.fingerprint(frozen) == print_of
    assert [entry.after["files"] for entry in Entry.objects.filter(verb="keys.destroyed").order_by("id")] == [
        [seal, cast, public],
        [link],
    ]


def test_a_key_destroyed_between_two_looks_is_known_from_its_rehearsal(frozen, now, monkeypatch):
    """A page is read while the tick of another process destroys the keys."""
    ceremony.make_ready(frozen, now=now)
    print_of = ceremony.fingerprint(frozen)
    files.destroy(files.CAST, records.public_name(frozen.pk))
    monkeypatch.setattr(files, "stands", lambda kind, name: True)  # it did a moment ago

    assert ceremony.fingerprint(frozen) == print_of


def test_a_cancelled_round_loses_all_its_keys_at_once(frozen, dee, now):
    ceremony.make_ready(frozen, now=now)
    Round.objects.filter(pk=frozen.pk).update(stage=Round.Stage.CANCELLED)
    frozen.refresh_from_db()

    assert len(ceremony.destroy_keys(frozen, by=dee, now=now)) == 4
    assert standing(frozen) == []


@pytest.mark.parametrize("stage", [Round.Stage.CERTIFIED, Round.Stage.ANNOUNCED, Round.Stage.CANCELLED])
def test_each_host_destroys_its_own_copies_on_its_tick(frozen, now, stage):
    """The process that certified or cancelled may have had no seal key: the tally host's tick does it."""
    ceremony.make_ready(frozen, now=now)
    other = RoundFactory(stage=Round.Stage.FROZEN)
    ceremony.make_ready(other, now=now)
    files.make(files.LINK, "standing")
    Round.objects.filter(pk=frozen.pk).update(stage=stage)
    after = frozen.voting_closes_at + timedelta(days=2)

    assert ceremony.destroy_due(after) == 1
    assert ceremony.destroy_due(after) == 0
    assert (standing(frozen), standing(other)) == ([], all_four(other))
    assert files.stands(files.LINK, "standing")


def test_a_host_without_key_folders_has_nothing_to_destroy(frozen, now):
    assert ceremony.destroy_due(now) == 0


# The command


@pytest.fixture
def run(monkeypatch):
    """Run manage.py round_keys and give what it printed: run("make", "spring", typed="…")."""

    def call(*given, typed=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        out = io.StringIO()
        call_command("round_keys", *given, stdout=out)
        return out.getvalue()

    return call


def test_the_whole_ceremony_by_command(frozen, run):
    made = run("make", "spring")
    assert made.startswith("Made.\nFingerprint: ") and "has not opened a test envelope" in made
    assert run("make", "spring").startswith("All keys stood already.")

    shares = [row.partition(": ")[2] for row in run("escrow", "spring").splitlines() if row.startswith("Share ")]
    assert len(shares) == 3
    assert "This host opened a test envelope." in run("rehearse", "spring")
    said = run("rehearse", "spring", "--shares", typed=f"{shares[1]}\n{shares[2]}\n")
    assert said == "Two shares opened a test envelope.\nThese keys are ready for the vote.\n"
    assert ceremony.ready(frozen) == []

    Round.objects.filter(pk=frozen.pk).update(stage=Round.Stage.CANCELLED)
    assert run("destroy", "spring").startswith("Destroyed: seal/round-")
    assert run("destroy", "spring") == "Nothing of this round's keys is here.\n"


def test_a_lost_seal_key_is_restored_from_two_shares(frozen, run, dee, now):
    ceremony.make_keys(frozen, by=dee, now=now)
    shares = ceremony.escrow(frozen, by=dee, now=now)
    typed = f"{shares[0]}\n{shares[2]}\n"
    name = records.key_name(frozen.pk)
    before = files.read("seal", name)
    files.destroy("seal", name)

    assert run("rehearse", "spring", "--restore", typed=typed).startswith("The seal key is back.\n")
    assert files.read("seal", name) == before
    assert run("rehearse", "spring", "--restore", typed=typed).startswith("The seal key stands here already.\n")
    assert Entry.objects.filter(verb="keys.restored").count() == 1


def test_shares_of_another_key_restore_nothing(frozen, dee, now):
    ceremony.make_keys(frozen, by=dee, now=now)
    files.destroy("seal", records.key_name(frozen.pk))
    first, second, _third = escrow.split(bytes(32))

    with pytest.raises(Refusal, match="does not open a test envelope"):
        ceremony.restore(frozen, first, second, by=dee, now=now)
    assert not files.stands("seal", records.key_name(frozen.pk))


@pytest.mark.parametrize(
    ("given", "typed", "says"),
    [
        (["make", "nowhere"], "", "There is no round “nowhere”"),
        (["rehearse", "spring"], "", "can't be read here"),
        (["escrow", "spring"], "", "can’t be read on this host"),
        (["rehearse", "spring", "--shares"], "one\ntwo\n", "A share is a line like"),
    ],
)
def test_the_command_says_what_is_wrong(frozen, run, given, typed, says):
    with pytest.raises(CommandError, match=says):
        run(*given, typed=typed)
