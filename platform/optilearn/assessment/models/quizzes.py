"""Question banks, quizzes, and the attempts of students."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class QuestionCategory(TenantModel):
    """A part of a course's question bank; categories may stand in others."""

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+")
    parent = TenantForeignKey(
        "assessment.QuestionCategory",
        models.CASCADE,
        null=True,
        related_name="children",
        together=("course_id",),
    )
    name = models.TextField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "id", "course"], name="question_category_of_course"
            )
        ]
        indexes = [models.Index(fields=["institution", "course"], name="question_category_course")]


class Question(TenantModel):
    """A question of a course's bank. Its text and key are in versions, which never change."""

    class Kind(models.TextChoices):
        MCQ = "MCQ"
        TRUE_FALSE = "TRUE_FALSE"
        MULTI_SELECT = "MULTI_SELECT"
        SHORT_ANSWER = "SHORT_ANSWER"
        FILL_BLANK = "FILL_BLANK"
        MATCHING = "MATCHING"
        NUMERIC = "NUMERIC"
        ORDERING = "ORDERING"
        ESSAY = "ESSAY"

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+")
    category = TenantForeignKey(
        QuestionCategory,
        models.RESTRICT,
        null=True,
        related_name="questions",
        together=("course_id",),
    )
    name = models.TextField()
    kind = models.TextField(choices=Kind.choices)
    tags = ArrayField(models.TextField(), default=list)
    points = models.DecimalField(max_digits=8, decimal_places=2, default=1)
    version = models.IntegerField(default=1)
    """The number of the newest version, which new attempts get."""
    archived_at = models.DateTimeField(null=True)
    """A question that attempts have isn't deleted: it is archived."""
    external_id = models.TextField(default="", db_default="")
    """Its identifier in the file that it was imported from, once in a course; empty: none."""
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "id", "course"], name="question_of_course"
            ),
            models.UniqueConstraint(
                fields=["institution", "course", "external_id"],
                condition=~models.Q(external_id="") & models.Q(archived_at=None),
                name="question_external_id_once",
            ),
        ]
        indexes = [models.Index(fields=["institution", "course"], name="question_by_course")]


class QuestionVersion(TenantModel):
    """The text, content and key of a question as they were for some attempts."""

    question = TenantForeignKey(Question, models.CASCADE, related_name="versions")
    number = models.IntegerField()
    text = models.TextField()
    """HTML, sanitized on the way in."""
    content = models.JSONField()
    """As ``quizzes/questions/content.py`` has it for the question's kind."""
    feedback = models.TextField(default="")
    fingerprint = models.TextField(default="", db_default="")
    """Of its meaning (``quizzes/questions/canonical.py``); empty: written before there was one."""
    created_at = models.DateTimeField(db_default=Now())
    author = TenantForeignKey("people.Person", null=True, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "question", "number"], name="question_version_once"
            )
        ]
        indexes = [
            models.Index(fields=["institution", "fingerprint"], name="question_version_meaning")
        ]


class Quiz(TenantModel):
    """The quiz of a lesson. Its grade is that of an assignment of the kind QUIZ."""

    class Scoring(models.TextChoices):
        """The attempt or attempts whose score counts."""

        BEST = "BEST"
        LAST = "LAST"
        AVERAGE = "AVERAGE"
        FIRST = "FIRST"

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+", enforced=False)
    lesson = TenantForeignKey(
        "courses.Lesson", models.CASCADE, related_name="quizzes", together=("course_id",)
    )
    assignment = TenantForeignKey(
        "assessment.Assignment", models.CASCADE, related_name="quizzes", together=("course_id",)
    )
    passing_percent = models.DecimalField(max_digits=5, decimal_places=2, default=40)
    time_limit_seconds = models.IntegerField(default=0)
    """0: none."""
    max_attempts = models.IntegerField(null=True)
    shuffle_questions = models.BooleanField(default=False)
    shuffle_options = models.BooleanField(default=False)
    show_answers = models.TextField(default="AFTER_ATTEMPT")
    show_marks = models.TextField(default="AFTER_ATTEMPT")
    show_feedback = models.TextField(default="AFTER_ATTEMPT")
    """The three are ``visibility.Show``."""
    scoring = models.TextField(choices=Scoring.choices, default=Scoring.BEST)
    penalizes_wrong = models.BooleanField(default=False)
    """True: negative shares of options count; else an answer is worth at least 0."""
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    access_code = models.TextField(default="")
    version = models.IntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "lesson"], name="quiz_of_lesson"),
            models.UniqueConstraint(fields=["institution", "id", "course"], name="quiz_of_course"),
        ]
        indexes = [
            models.Index(fields=["institution", "course"], name="quiz_by_course"),
            models.Index(fields=["institution", "assignment"], name="quiz_by_assignment"),
        ]


class QuizSlot(TenantModel):
    """A place in a quiz: a question, or ``draw`` random ones of a category or with tags."""

    quiz = TenantForeignKey(Quiz, models.CASCADE, related_name="slots", together=("course_id",))
    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+", enforced=False)
    position = models.IntegerField()
    question = TenantForeignKey(
        Question, models.RESTRICT, null=True, related_name="+", together=("course_id",)
    )
    category = TenantForeignKey(
        QuestionCategory, models.RESTRICT, null=True, related_name="+", together=("course_id",)
    )
    tags = ArrayField(models.TextField(), default=list)
    draw = models.IntegerField(null=True)
    points = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    """Of each question; null: the question's own."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(question__isnull=False) ^ models.Q(draw__gte=1),
                name="quiz_slot_fixed_or_drawn",
            )
        ]
        indexes = [
            models.Index(fields=["institution", "quiz", "position"], name="quiz_slot_order"),
            models.Index(fields=["institution", "question"], name="quiz_slot_by_question"),
            models.Index(fields=["institution", "category"], name="quiz_slot_by_category"),
        ]


class Accommodation(TenantModel):
    """More time and attempts for one student, in a course or everywhere (null)."""

    student = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    course = TenantForeignKey("courses.Course", models.CASCADE, null=True, related_name="+")
    time_factor = models.DecimalField(max_digits=4, decimal_places=2, default=1)
    """1.5 is half as much again; the end of the quiz stretches with it."""
    extra_attempts = models.IntegerField(default=0)
    reason = models.TextField(default="")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "student", "course"],
                nulls_distinct=False,
                name="accommodation_once",
            ),
            models.CheckConstraint(
                condition=models.Q(time_factor__gte=1, extra_attempts__gte=0),
                name="accommodation_gives",
            ),
        ]
        indexes = [models.Index(fields=["institution", "course"], name="accommodation_by_course")]


class Attempt(TenantModel):
    """A student's attempt at a quiz: its questions are frozen when it starts."""

    class Status(models.TextChoices):
        IN_PROGRESS = "IN_PROGRESS"
        SUBMITTED = "SUBMITTED"
        """It has ended. With points, somebody has to grade an essay; without, the key's marks are
        still to come."""
        GRADED = "GRADED"

    class Ended(models.TextChoices):
        """The way an attempt ended."""

        STUDENT = "STUDENT"
        TIME = "TIME"

    quiz = TenantForeignKey(Quiz, related_name="attempts", together=("course_id",))
    assignment = TenantForeignKey(
        "assessment.Assignment", related_name="+", together=("course_id",)
    )
    """The quiz's own, here too for snapshots, which have no quizzes."""
    enrollment = TenantForeignKey(
        "enrollment.Enrollment", related_name="+", together=("student_id", "course_id")
    )
    student = TenantForeignKey("people.Person", related_name="+", enforced=False)
    course = TenantForeignKey("courses.Course", related_name="+", enforced=False)
    number = models.IntegerField()
    status = models.TextField(choices=Status.choices, default=Status.IN_PROGRESS)
    started_at = models.DateTimeField()
    deadline_at = models.DateTimeField(null=True)
    """By the server's clock, with the student's extra time; null: none."""
    submitted_at = models.DateTimeField(null=True)
    ended = models.TextField(choices=Ended.choices, null=True)
    points = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    possible = models.DecimalField(max_digits=8, decimal_places=2)
    has_passed = models.BooleanField(null=True)

    @property
    def is_being_marked(self) -> bool:
        """The attempt has ended, and has no marks by the key yet."""
        return self.status == self.Status.SUBMITTED and self.points is None

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "enrollment", "quiz", "number"], name="attempt_number"
            ),
            models.UniqueConstraint(
                fields=["institution", "enrollment", "quiz"],
                condition=models.Q(status="IN_PROGRESS"),
                name="attempt_one_open",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "quiz", "status"], name="attempt_by_quiz"),
            models.Index(fields=["institution", "assignment"], name="attempt_by_assignment"),
            models.Index(
                fields=["institution", "deadline_at"],
                condition=models.Q(status="IN_PROGRESS", deadline_at__isnull=False),
                name="attempt_due",
            ),
            models.Index(
                fields=["institution", "quiz"],
                condition=models.Q(status="SUBMITTED", points__isnull=True),
                name="attempt_unmarked",
            ),
        ]


class Answer(TenantModel):
    """A question of an attempt, and what the student has answered so far."""

    attempt = TenantForeignKey(Attempt, models.CASCADE, related_name="answers")
    student = TenantForeignKey("people.Person", related_name="+")
    course = TenantForeignKey("courses.Course", related_name="+", enforced=False)
    question = TenantForeignKey(Question, related_name="+", together=("course_id",))
    """That of ``version``, here too for snapshots, which have no versions."""
    number = models.SmallIntegerField()
    """From 1, in the order in which the student sees it."""
    version = TenantForeignKey(QuestionVersion, related_name="+")
    key_version = TenantForeignKey(QuestionVersion, null=True, related_name="+")
    """The version by whose key it was marked again; null: ``version``, as the student saw it."""
    kind = models.TextField(choices=Question.Kind.choices)
    possible = models.DecimalField(max_digits=8, decimal_places=2)
    order = ArrayField(models.TextField(), default=list)
    """The keys of options as the student sees them."""
    value = models.JSONField(null=True)
    sequence = models.BigIntegerField(default=0)
    """Of the answer that was saved last; earlier ones that arrive later are left out."""
    saved_at = models.DateTimeField(null=True)
    share = models.DecimalField(max_digits=9, decimal_places=7, null=True)
    """Of the possible points, -1 to 1; null: not graded."""
    points = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    comment = models.TextField(default="")
    grader = TenantForeignKey("people.Person", null=True, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "attempt", "number"], name="answer_number"
            )
        ]
        indexes = [
            models.Index(fields=["institution", "version"], name="answer_by_version"),
            models.Index(fields=["institution", "question"], name="answer_by_question"),
            models.Index(
                fields=["institution", "key_version"],
                condition=models.Q(key_version__isnull=False),
                name="answer_by_key_version",
            ),
        ]


class FocusChange(TenantModel):
    """A student left the window of an attempt, or came back: a note, never a verdict."""

    attempt = TenantForeignKey(Attempt, models.CASCADE, related_name="focus_changes")
    student = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    at = models.DateTimeField()
    is_away = models.BooleanField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["institution", "attempt", "at"], name="focus_by_attempt")]


class QuizRegrade(TenantModel):
    """A question of a quiz was marked again, for all attempts. Never changed itself."""

    quiz = TenantForeignKey(Quiz, models.CASCADE, related_name="regrades", together=("course_id",))
    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+", enforced=False)
    question = TenantForeignKey(Question, related_name="+", together=("course_id",))
    version = TenantForeignKey(QuestionVersion, related_name="+")
    """The version whose key was used."""
    method = models.TextField()
    """As ``questions/regrading.py`` has it."""
    at = models.DateTimeField()
    author = TenantForeignKey("people.Person", null=True, related_name="+")
    changes = models.JSONField()
    """``[{attemptId, before, after}, …]``: the points of attempts, as text."""

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["institution", "quiz", "at"], name="quiz_regrade_order")]
