"""Questionnaires, and the campaigns' responses."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from journal.languages import in_hers
from rounds.models import Candidacy


class Questionnaire(models.Model):
    """One version of the questions. frozen_at is set when the first campaign is asked; then nothing changes."""

    title = models.CharField(_("title"), max_length=120)
    version = models.CharField(_("version"), max_length=20, unique=True)
    cycle = models.ForeignKey("rounds.Cycle", on_delete=models.PROTECT, related_name="questionnaires")
    pass_share = models.PositiveIntegerField(_("share needed"), default=8000)  # hundredths of a percent
    frozen_at = models.DateTimeField(_("frozen"), null=True, blank=True)
    current = models.BooleanField(_("sent to new candidacies"), default=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        constraints = [
            models.UniqueConstraint(
                name="questionnaire_one_current", fields=["cycle"], condition=models.Q(current=True)
            ),
        ]

    def __str__(self):
        return f"{self.title} ({self.version})"


class Section(models.Model):
    """A topic of the questionnaire."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(_("title"), max_length=120)
    titles = models.JSONField(default=dict, blank=True)  # {"es": …}
    core_priority = models.BooleanField(_("core priority"), default=False)

    class Meta:
        ordering = ["questionnaire", "position"]
        constraints = [models.UniqueConstraint(name="section_once", fields=["questionnaire", "position"])]

    def __str__(self):
        return self.title

    @property
    def name(self) -> str:
        """Its title in the reader's language."""
        return in_hers(self.title, self.titles)


YES_NO = [("yes", _("Yes")), ("no", _("No"))]
STEPS = [
    ("strongly_disagree", _("Strongly disagree")),
    ("disagree", _("Disagree")),
    ("neutral", _("Neither agree nor disagree")),
    ("agree", _("Agree")),
    ("strongly_agree", _("Strongly agree")),
]


class Question(models.Model):
    """One question. right_answers holds every answer that is right; baseline must be right whatever the score."""

    class Kind(models.TextChoices):
        YES_NO = "yes_no", _("Yes or no")
        LIKERT = "likert5", _("Five steps from disagree to agree")
        SHORT = "short_text", _("Short text")
        LONG = "long_text", _("Long text")
        LIST = "list", _("List, one a line")

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="questions")
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.TextField(_("question"))
    texts = models.JSONField(default=dict, blank=True)  # {"es": …}
    help_text = models.TextField(_("help"), blank=True)
    helps = models.JSONField(default=dict, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    offices = models.JSONField(_("asked for"), default=list)  # Race.Office values; empty: all
    scored = models.BooleanField(_("scored"), default=True)
    baseline = models.BooleanField(_("baseline"), default=False)
    right_answers = models.JSONField(_("right answers"), default=list)
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)
    is_consent = models.BooleanField(_("asks consent to publish"), default=False)

    class Meta:
        ordering = ["section__position", "number"]
        constraints = [
            models.UniqueConstraint(name="question_once", fields=["section", "number"]),
            models.CheckConstraint(name="question_baseline_is_scored", condition=Q(baseline=False) | Q(scored=True)),
        ]

    def __str__(self):
        return f"{self.number}. {self.text}"

    @property
    def words(self) -> str:
        """The question in the reader's language."""
        return in_hers(self.text, self.texts)

    @property
    def help(self) -> str:
        """Its help in the reader's language."""
        return in_hers(self.help_text, self.helps)

    @property
    def options(self) -> list:
        """The answers to choose from, as (value, words); none for a text."""
        return {self.Kind.YES_NO.value: YES_NO, self.Kind.LIKERT.value: STEPS}.get(self.kind, [])

    def words_of(self, value) -> str:
        """An answer as people read it, "" for a blank."""
        return str(dict(self.options).get(value, value))

    @property
    def reversed(self) -> bool:
        """Whether "no" is the right answer."""
        return self.right_answers == ["no"]


class ResponseQuerySet(models.QuerySet):
    def awaited(self):
        """Responses whose letter is out and whose campaign, still standing, has not sent its answers."""
        return self.filter(sent_at__isnull=False, submitted_at=None, candidacy__state__in=Candidacy.STANDING)


class Response(models.Model):
    """One campaign's answers to one version. Its link is derived from pk and generation, stored nowhere."""

    candidacy = models.OneToOneField("rounds.Candidacy", on_delete=models.PROTECT, related_name="response")
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="responses")
    generation = models.PositiveIntegerField(default=0)
    invited_at = models.DateTimeField(_("invited"))
    sent_at = models.DateTimeField(_("letter sent"), null=True)  # the seven days run from here
    due_at = models.DateTimeField(_("due"), null=True)
    extended_reason = models.TextField(blank=True)
    submitted_at = models.DateTimeField(_("answered"), null=True)
    signed_name = models.CharField(_("signed by"), max_length=120, blank=True)
    signed_role = models.CharField(_("role"), max_length=120, blank=True)
    may_publish = models.BooleanField(_("answers may be published"), default=False)
    right = models.PositiveIntegerField(_("right"), null=True)
    total = models.PositiveIntegerField(_("scored"), null=True)
    baseline_missed = models.JSONField(_("baseline questions missed"), default=list)  # question numbers
    passed = models.BooleanField(_("passed"), null=True)
    extended_at = models.DateTimeField(_("more time given"), null=True, blank=True)
    more_time_asked_at = models.DateTimeField(_("asked for more time"), null=True, blank=True)
    more_time_reason = models.TextField(_("why more time"), blank=True)
    more_time_refused = models.TextField(_("why no more time"), blank=True)  # until it asks again or has more time

    # In which its contact was last spoken to on our pages; letters follow it.
    language = models.CharField(_("language"), max_length=10, default="en")

    # The colleague by whose link it was opened; None: by the campaign's own link, or by none.
    opened_by = None

    objects = ResponseQuerySet.as_manager()

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        constraints = [
            models.CheckConstraint(
                name="response_scored_when_sent",
                condition=Q(passed=None)
                | Q(submitted_at__isnull=False, right__isnull=False, total__isnull=False, right__lte=F("total")),
            ),
        ]

    def __str__(self):
        return f"{self.candidacy}"

    def overdue(self, now) -> bool:
        """Whether the time to answer is over: answers count up to the deadline itself."""
        return self.due_at is not None and now > self.due_at

    @property
    def late(self) -> bool:
        """Whether the answers came after their deadline, and so were kept and not scored."""
        return self.submitted_at is not None and self.passed is None

    @property
    def asks_for_time(self) -> bool:
        return self.more_time_asked_at is not None


class ColleagueQuerySet(models.QuerySet):
    def standing(self):
        """Those whose link still works."""
        return self.filter(ended_at=None)


class Colleague(models.Model):
    """Somebody to whom a campaign passed its questionnaire on: a link of her own works until it is ended."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="colleagues")
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=10, default="en")
    passed_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")  # None: the contact
    passed_at = models.DateTimeField(_("passed on"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ColleagueQuerySet.as_manager()

    class Meta:
        ordering = ["passed_at", "id"]
        verbose_name = _("link passed on")
        verbose_name_plural = _("links passed on")
        constraints = [
            models.UniqueConstraint(
                name="colleague_one_link", fields=["response", "email"], condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self):
        return self.name


class Correction(models.Model):
    """What a campaign asks to have mended: a fact in what members will read, or an answer that it has sent."""

    class Kind(models.TextChoices):
        BALLOT = "ballot", _("a fact on the ballot")
        ANSWER = "answer", _("an answer")

    class State(models.TextChoices):
        OPEN = "open", _("waits for staff")
        MADE = "made", _("made")
        DECLINED = "declined", _("declined")

    response = models.ForeignKey(
        Response, on_delete=models.CASCADE, related_name="corrections", verbose_name=_("campaign")
    )
    kind = models.CharField(_("what"), max_length=10, choices=Kind.choices)
    question = models.ForeignKey("Question", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    before = models.TextField(_("as it stands"), blank=True)  # an answer's value as stored
    value = models.TextField(_("as it should be"), blank=True)
    words = models.TextField(_("what the campaign says"))
    asked_by = models.CharField(_("asked by"), max_length=120, blank=True)  # a colleague's name; "": the contact
    by_staff = models.BooleanField(_("found by staff"), default=False)  # recorded otherwise than the campaign gave it
    asked_at = models.DateTimeField(_("asked"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey("groups.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reply = models.TextField(_("our reply"), blank=True)

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("correction a campaign asks for")
        verbose_name_plural = _("corrections campaigns ask for")

    def __str__(self):
        return f"{self.response.candidacy.name}: {self.get_kind_display()}"

    @property
    def before_words(self) -> str:
        """The answer as it stood, as people read it; "" for a blank."""
        return self.question.words_of(self.before) if self.question else ""

    @property
    def value_words(self) -> str:
        """The answer as it should be, as people read it; "" for a blank."""
        return self.question.words_of(self.value) if self.question else ""


class Answer(models.Model):
    """One answer as typed, with who typed it last."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    value = models.TextField(blank=True)
    explanation = models.TextField(blank=True)
    edited_by = models.CharField(max_length=120, blank=True)
    edited_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="answer_once", fields=["response", "question"])]

    def __str__(self):
        return f"{self.question_id}: {self.value}"
