"""One small world in which everything exists once: each kind of letter, each model, a real value for each address."""

from datetime import timedelta
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMultiAlternatives
from PIL import Image

from endorsements import telling
from endorsements.health import digest, watching
from endorsements.models import Endorsement, StandingAlarm
from endorsements.roll_letters import ON_ROLL_LETTER
from groups import arrivals, asking, introducing, inviting, members, redistricting, signup
from groups.importing import uploads
from groups.models import ImportBatch, LeaderRequest, MemberReport, MemberRequest, MemberSource
from groups.signin import send_code
from journal import approvals, book
from mailings import outbox, postroom, queue
from mailings.models import Letter, Provider, StoppedTopic, Suppression
from rounds import admission, nominating
from rounds.models import Candidacy, Contest, Nomination, Round
from tests.factories.groups import GroupFactory, LeadershipFactory, MapVersionFactory, MemberFactory, UserFactory, state
from tests.factories.mailings import LetterFactory, WaveFactory
from tests.factories.results import counted
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RaceFactory, RoundFactory
from tests.factories.vetting import (
    ALL_RIGHT,
    AssignmentFactory,
    NoteFactory,
    PartnerEndorsementFactory,
    RecusalFactory,
    ResponseFactory,
    ReviewFactory,
    VerdictFactory,
)
from tests.factories.voting import RollEntryFactory, polls, vote
from vetting import answering, correcting, links, passing_on, questionnaires
from vetting.models import Note
from voting import links as voting_links
from voting import posting
from voting.models import Count, KeyTest, Result, VoidedEnvelope

Stage = Round.Stage
# A day into the vote of March 8 to 11, 2026.
NOW = START + timedelta(days=35)


class World:
    """Ada leads the group; Dee is staff. voting, nominating, frozen, counted and past are rounds at those stages."""

    def __init__(self, group, ada, dee):
        self.group, self.ada, self.dee, self.now = group, ada, dee, NOW
        self.others = GroupFactory(name="Lynn Group", slug="lynn", places=[state("MA")])
        LeadershipFactory(group=self.others, user=UserFactory(email="lynn@example.org"))
        inviting.set_goal(group, 50, by=ada, now=NOW)
        self.new_leader = LeadershipFactory(group=group, user=UserFactory(email="new.leader@example.org"))
        self.open_vote()
        self.take_nominations()
        self.count_and_announce()
        self.take_in_members()
        self.fill_the_desk()

    def open_vote(self):
        self.voting, self.contests, entries = polls(contests=2, voters=3, name="Spring round", slug="spring")
        self.entry, self.other, self.voter = entries
        self.halted, _contests, (self.stopped,) = polls(contests=1, name="Halted round", slug="halted")
        Contest.objects.filter(round=self.halted).update(state=Contest.State.VOID, state_reason="She left.")
        self.frozen, _contests, (self.awaiting,) = polls(
            name="Next vote", slug="next-vote", stage=Stage.FROZEN, starts_at=START + timedelta(days=1)
        )

    def take_nominations(self):
        self.nominating = RoundFactory(
            name="Summer round", slug="summer", stage=Stage.NOMINATING, starts_at=START + timedelta(days=28)
        )
        self.draft = nominating.start(self.group, cycle=self.nominating.cycle, by=self.ada, now=NOW)
        race = RaceFactory(cycle=self.nominating.cycle)
        standing = CandidacyFactory(race=race, round=self.nominating, name="Jane Rivera", gates=2)
        self.sent = NominationFactory(group=self.group, candidacy=standing, submitted_by=self.ada)
        self.returned = NominationFactory(
            group=self.group,
            candidacy=CandidacyFactory(race=RaceFactory(cycle=race.cycle, office="senate", place=state("MA"))),
            state=Nomination.State.RETURNED,
            decision_reason="Which day was the vote?",
            draft={"name": "Bo Stone"},
        )
        self.received = NominationFactory(
            group=self.group,
            candidacy=CandidacyFactory(race=RaceFactory(cycle=race.cycle, office="governor", place=state("MA"))),
            state=Nomination.State.SUBMITTED,
        )
        self.response = ResponseFactory(candidacy=standing, sent_at=NOW - timedelta(days=1))
        self.response.due_at = NOW + timedelta(days=6)
        self.response.save()
        first = questionnaires.questions_of(self.response.questionnaire, race.office)[0]
        answering.save_answers(self.response, answers={first.pk: ("yes", "")}, by_name="Joe", now=NOW)
        done = CandidacyFactory(race=race, name="Ayo Santos", gates=2)
        NominationFactory(group=self.others, candidacy=done)
        self.answered = ResponseFactory(candidacy=done, answers=ALL_RIGHT, due_at=NOW + timedelta(days=6))
        answering.submit(self.answered, name="Robin", role="Manager", may_publish=True, now=NOW)
        self.review = ReviewFactory(candidacy=done, decided_by=self.dee)
        for candidacy in (standing, done):
            AssignmentFactory(candidacy=candidacy, owner=self.dee)
            VerdictFactory(candidacy=candidacy)
            VerdictFactory(candidacy=candidacy, recommendation="hold")
            RecusalFactory(candidacy=candidacy)
            for kind in Note.Kind:
                NoteFactory(candidacy=candidacy, kind=kind, source="https://example.org/record")

    def count_and_announce(self):
        self.past = RoundFactory(name="Winter round", slug="winter", stage=Stage.ANNOUNCED)
        result = counted({1: 60, 2: 40}, round=self.past)
        Result.objects.filter(pk=result.pk).update(certified_at=NOW)
        winner = result.contest.options.get(number=1).candidacy
        Candidacy.objects.filter(pk=winner.pk).update(state=Candidacy.State.ENDORSED)
        self.won = NominationFactory(
            group=GroupFactory(name="Salem Group"), candidacy=winner, local_endorsement__yes=90
        )
        self.endorsement = Endorsement.objects.create(
            candidacy=winner, round=self.past, slug="winner", issued_at=NOW, announced_at=NOW - timedelta(days=1)
        )
        drawn = BytesIO()
        Image.new("RGB", (30, 30), "teal").save(drawn, "JPEG")
        self.endorsement.photo.save("winner.jpg", ContentFile(drawn.getvalue()))
        self.told = RollEntryFactory(round=self.past, contests=[result.contest])
        self.counted = RoundFactory(name="Autumn round", slug="autumn", stage=Stage.COUNTED)
        self.undecided = counted({1: 6, 2: 4}, round=self.counted)
        self.certified = RoundFactory(name="Embargoed round", slug="embargoed", stage=Stage.CERTIFIED)

    def take_in_members(self):
        self.unconfirmed = MemberFactory(email="new@example.org", confirmed_at=None)
        self.moved = MemberFactory(email="moved@example.org")
        self.joined = MemberFactory(email="joined@example.org", wants_news=True)
        for member in (self.unconfirmed, self.moved):
            MemberSource.objects.create(
                member=member,
                source=MemberSource.SIGN_UP,
                source_key=MemberSource.WAITING,
                status=MemberSource.WAITING,
                zip="02139" if member is self.unconfirmed else "82001",
                usps="MA" if member is self.unconfirmed else "WY",
                dated=NOW.date(),
            )
        MemberReport.objects.create(
            member=self.moved, kind="moved", told_at=NOW, before="02139 MA-07", after="82001 WY-AL"
        )
        MemberRequest.objects.create(address="joined@example.org", asked_at=NOW)
        arrivals.keep(signup.Request("sue@example.org", "Sue", "", "02142"), network="192.0.2", now=NOW)
        MapVersionFactory()
        self.gil = {"email": "gil@example.org", "name": "Gil Grant", "words": "Ask Ben.", "language": "en"}
        introducing.ask(self.group, **self.gil, now=NOW)
        self.lost = MemberFactory(email="lost@example.org", district=None, state=state("MA"), doubt="split")

    def fill_the_desk(self):
        admission.let_in(self.group, state("NH"), by=self.dee, now=NOW, reason="Its members moved.")
        self.correction = correcting.ask_about_ballot(self.response, words="It is Rivera-Lopez.", now=NOW)
        correcting.ask_about_ballot(self.response, words="And a second thing.", now=NOW)
        PartnerEndorsementFactory(candidacy=self.sent.candidacy)
        contest = self.contests[0]
        Count.objects.get_or_create(contest=contest)
        KeyTest.objects.create(round=self.voting, holder="host", fingerprint="aa", tested_at=NOW, tested_by="Dee")
        VoidedEnvelope.objects.create(contest=contest, mark="ab", reason="Asked for it.", voided_on=NOW.date())
        ImportBatch.objects.create(file_name="list.csv", file_hash="ab", format="csv", taken_at=NOW)
        self.upload = uploads.keep(
            SimpleUploadedFile("list.csv", b"Mail,Code\nnew@example.org,02139\nbad,\n"), format_name="other",
            by=self.dee, now=NOW,
        )  # fmt: skip
        uploads.match(self.upload, {"email": "Mail", "zip": "Code"})
        uploads.check(self.upload, now=NOW)
        StoppedTopic.objects.create(topic="round:0", stopped_at=NOW, reason="A test.")
        Provider.objects.create(name="another.backend.EmailBackend")
        WaveFactory(topic="round:0")
        wrong = {"kind": "stalled", "sentence": "Letters of this round wait.", "since": NOW - timedelta(hours=1)}
        self.over = StandingAlarm.objects.create(round=self.voting, over_at=NOW, missed_at=NOW, **wrong)
        self.alarm = StandingAlarm.objects.create(round=self.voting, url="/desk/mailings/provider/", **wrong)
        watching.see(self.alarm, by=self.dee, now=NOW, reason="I am at it.")
        self.rehearsal = RoundFactory(name="Rehearsal 1", slug="rehearsal", stage=Stage.VETTING, rehearsal=True)
        Suppression.objects.create(address="gone@example.org", reason="left", since=NOW)
        book.record("round.rules", self.voting, by=self.dee, now=NOW)
        approvals.ask("round.cancel", self.voting, by=self.dee, reason="A flood.", now=NOW)

    # Letters

    def write_every_letter(self):
        """Put one of each kind in line, and let the post room send them. The sign-in code goes out at once."""
        send_code(self.ada, "123456", now=NOW)
        a_round = {"topic": self.voting.topic, "subject": self.voting.pk}
        queue.enqueue("voting.receipt", seats=[self.vote_of(self.voter)], now=NOW, **a_round)
        queue.enqueue("voting.ballot", seats=[self.entry.pk], now=NOW, **a_round)
        queue.enqueue("voting.reminder", seats=[self.entry.pk], now=NOW, **a_round)
        queue.enqueue("voting.extended", seats=[self.entry.pk], now=NOW, **a_round)
        queue.enqueue("voting.stopped", seats=[self.stopped.pk], now=NOW, subject=self.halted.pk)
        queue.enqueue("voting.notice", seats=[self.awaiting.pk], now=NOW, subject=self.frozen.pk)
        posting.ask_for_link(self.other.member.email, now=NOW)
        queue.enqueue("rounds.opened", seats=[self.ada.pk], now=NOW, subject=self.nominating.pk)
        for name in ("accepted", "received", "moved", "refused", "rival", "taken_back", "withdrawn"):
            queue.enqueue(f"rounds.{name}", seats=[self.ada.pk], now=NOW, subject=self.sent.pk)
        queue.enqueue("rounds.returned", seats=[self.ada.pk], now=NOW, subject=self.returned.pk)
        queue.enqueue("rounds.joined", seats=[self.ada.pk], now=NOW, subject=self.sent.pk, wave=self.received.pk)
        campaign = {"seats": [self.response.pk], "now": NOW, "subject": self.response.pk}
        due = self.response.due_at
        queue.enqueue("vetting.questionnaire", **campaign)
        correcting.decline(self.correction, by=self.dee, now=NOW, reason="It is right.")
        passing_on.pass_on(self.response, name="Joe", email=self.joined.email, now=NOW)
        queue.enqueue("vetting.reminder", wave=int(due.timestamp()) * 10 + 3, **campaign)
        queue.enqueue("vetting.extended", wave=int(due.timestamp()), **campaign)
        type(self.response).objects.filter(pk=self.response.pk).update(more_time_refused="The freeze is near.")
        queue.enqueue("vetting.no_more_time", **campaign)
        queue.enqueue("vetting.answered", seats=[self.answered.pk], now=NOW, subject=self.answered.pk)
        queue.enqueue("vetting.scored", seats=[self.ada.pk], now=NOW, subject=self.answered.pk)
        queue.enqueue("vetting.outcome", seats=[self.ada.pk], now=NOW, subject=self.review.pk)
        cleared = ReviewFactory(candidacy=self.response.candidacy, decided_by=self.dee, decision="clear")
        queue.enqueue("vetting.decided", seats=[self.response.pk], now=NOW, subject=cleared.pk)
        queue.enqueue("endorsements.groups_result", seats=[self.ada.pk], now=NOW, subject=self.won.candidacy_id)
        queue.enqueue(telling.MOVED_LETTER, seats=[self.ada.pk], now=NOW, subject=self.certified.pk)
        queue.enqueue("endorsements.campaign_result", seats=[1], now=NOW, subject=self.won.candidacy_id)
        queue.enqueue("endorsements.result", seats=[self.told.pk], now=NOW, subject=self.past.pk)
        queue.enqueue("endorsements.result_news", seats=[self.joined.pk], now=NOW, subject=self.past.pk)
        members.mend_address(MemberFactory(email="old@example.org"), "mended@example.org", by=self.dee, now=NOW)
        self.write_to_staff()
        new = {"seats": [self.new_leader.user_id], "subject": self.group.pk, "wave": self.new_leader.pk}
        queue.enqueue("groups.leader_confirmed", now=NOW, **new)
        queue.enqueue(redistricting.NEW_DISTRICTS_LETTER, seats=[self.lost.pk], now=NOW)
        introducing.ask(self.group, **{**self.gil, "email": self.joined.email}, now=NOW)
        introducing.decline(LeaderRequest.objects.get(email=self.joined.email), by=self.dee, now=NOW, reason="No.")
        signup.send(signup.CONFIRM_LETTER, self.unconfirmed, now=NOW)
        signup.send(signup.ALREADY_LETTER, self.moved, now=NOW)
        for letter in (
            asking.MOVED_LETTER,
            asking.NOT_ME_LETTER,
            asking.LEAVE_LETTER,
            asking.STOP_NEWS_LETTER,
            asking.AGAIN_LETTER,
        ):
            asking.ask(letter, self.joined.email, now=NOW)
        asking.ask(ON_ROLL_LETTER, self.other.member.email, now=NOW)
        postroom.send_due(NOW)
        return {letter.name: Letter.State(letter.state).name for letter in Letter.objects.order_by("-state")}

    def write_to_staff(self):
        """An alarm that begins, one that is over, and the digest."""
        told = {"seats": [self.dee.pk], "now": NOW, "subject": self.alarm.pk}
        queue.enqueue(watching.BEGAN_LETTER, **told)
        LetterFactory(name=watching.BEGAN_LETTER, subject=self.over.pk, seat=self.dee.pk, state=Letter.State.SENT)
        queue.enqueue(watching.OVER_LETTER, **{**told, "subject": self.over.pk})
        queue.enqueue(digest.DIGEST_LETTER, **{**told, "subject": self.voting.pk})

    def vote_of(self, entry):
        """Let somebody vote; her seat."""
        vote(entry)
        return entry.pk

    def letter_in_the_mailbox(self):
        """The key of one letter that the embedded default's mailbox shows."""
        message = EmailMultiAlternatives("A subject", "Text", to=["ben@example.org"])
        message.attach_alternative("<html><head></head><body>Text</body></html>", "text/html")
        outbox.OutboxBackend().send_messages([message])
        return outbox.keys()[0]

    # Private links, by their prefix

    def tokens(self):
        """{prefix: a genuine token that still has something to do}."""
        return {
            "v/": voting_links.ballot_token(self.entry),
            "q/": links.token_of(self.response),
            "confirm/": members.confirm_url(self.unconfirmed).rstrip("/").rpartition("/")[2],
            "news/": members.news_url(self.joined).rstrip("/").rpartition("/")[2],
            "moved/": members.token_of(self.joined, members.MOVED),
            "leave/": members.token_of(self.joined, members.LEAVE),
            "not-me/": members.token_of(self.joined, members.NOT_ME),
        }
