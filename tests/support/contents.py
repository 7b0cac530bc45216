"""Questions of all nine types, generated: for formats that write them and read them back."""

from __future__ import annotations

import html
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from optilearn.assessment.question_files.drafts import BankQuestion, Draft
from optilearn.assessment.quizzes.questions.canonical import canonical
from optilearn.assessment.quizzes.schemas.bank import QuestionIn
from optilearn.assessment.quizzes.services.cleaning import cleaned
from optilearn.core.text import is_visible
from optilearn.courses.services.richtext import sanitized

SIGNS: Final = "\\:#={}~%*[]<>&'\"|$/-, \t()@"
"""What formats give a meaning of their own."""
_LETTERS = st.one_of(
    st.sampled_from(SIGNS + "ab1नर्मé😀"),
    st.characters(exclude_categories=("C", "Z")),
)
_RAW = st.text(_LETTERS, min_size=1, max_size=12)
PLAIN = (
    (_RAW | st.sampled_from(["T", "TRUE", "{=a ~b}", "//x", "[html]x", "%50%x", "a->b", "a *b"]))
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: is_visible(text) and "[[" not in text)
)
"""A text that is compared, or shown as it is."""
INLINE = PLAIN.map(lambda text: sanitized(html.escape(text)))
HTML = st.one_of(
    INLINE,
    INLINE.map(lambda text: f"<p>{text}</p>"),
    st.tuples(INLINE, INLINE).map(lambda two: f"<p>{two[0]}</p>\n<p><b>{two[1]}</b><br>x</p>"),
)
REMARK = st.just("") | HTML
LISTED = st.sampled_from(
    [Decimal(n) for n in ("90", "83.33333", "75", "50", "33.33333", "16.66667", "14.28571", "5")]
)
NUMBERS = st.decimals(-10_000, 10_000, places=4, allow_nan=False).map(lambda d: d + 0)


def _keyed(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one | {"key": f"k{n}"} for n, one in enumerate(found)]


@st.composite
def mcqs(draw: st.DrawFn) -> dict[str, Any]:
    wrong = st.fixed_dictionaries(
        {"text": HTML, "feedback": REMARK}, optional={"share": LISTED | LISTED.map(lambda d: -d)}
    )
    options = draw(st.lists(wrong, min_size=1, max_size=4))
    right = {"text": draw(HTML), "feedback": draw(REMARK), "isRight": True}
    options.insert(draw(st.integers(0, len(options))), right)
    return {"kind": "MCQ", "options": _keyed(options)}


@st.composite
def multi_selects(draw: st.DrawFn) -> dict[str, Any]:
    number = draw(st.integers(1, 4))
    right = [{"text": draw(HTML), "feedback": draw(REMARK), "isRight": True} for _ in range(number)]
    wrong = draw(st.lists(st.fixed_dictionaries({"text": HTML, "feedback": REMARK}), max_size=3))
    if len(right) + len(wrong) < 2:
        wrong = [{"text": draw(HTML)}]
    options = draw(st.permutations(right + wrong))
    return {"kind": "MULTI_SELECT", "options": _keyed(options), "partialCredit": True}


ANSWERS = st.lists(
    st.fixed_dictionaries({"text": PLAIN, "share": LISTED, "feedback": REMARK}), max_size=2
).flatmap(
    lambda more: st.tuples(PLAIN, REMARK).map(
        lambda best: [{"text": best[0], "share": Decimal(100), "feedback": best[1]}, *more]
    )
)
NUMBERS_WITH = st.fixed_dictionaries(
    {"value": NUMBERS, "tolerance": NUMBERS.map(abs), "feedback": REMARK}
)


@st.composite
def matchings(draw: st.DrawFn) -> dict[str, Any]:
    rights = draw(st.lists(PLAIN, min_size=3, max_size=5, unique=True))
    pairs = [{"key": f"p{n}", "left": draw(HTML), "right": r} for n, r in enumerate(rights[1:])]
    others = [{"key": "d", "text": rights[0]}] if draw(st.booleans()) else []
    return {"kind": "MATCHING", "pairs": pairs, "distractors": others}


TRUE_FALSE = st.fixed_dictionaries(
    {
        "kind": st.just("TRUE_FALSE"),
        "isTrue": st.booleans(),
        "feedbackRight": REMARK,
        "feedbackWrong": REMARK,
    }
)
SHORT = st.fixed_dictionaries({"kind": st.just("SHORT_ANSWER"), "answers": ANSWERS})
NUMERIC = st.fixed_dictionaries(
    {"kind": st.just("NUMERIC"), "answers": st.lists(NUMBERS_WITH, min_size=1, max_size=3)}
)
ORDERING = st.fixed_dictionaries(
    {
        "kind": st.just("ORDERING"),
        "items": st.lists(HTML, min_size=2, max_size=4).map(
            lambda texts: _keyed([{"text": one} for one in texts])
        ),
        "partialCredit": st.booleans(),
    }
)
ESSAY = st.just({"kind": "ESSAY"})


def blanks(number: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.lists(ANSWERS, min_size=number, max_size=number).map(
        lambda all_of: {
            "kind": "FILL_BLANK",
            "blanks": _keyed([{"answers": answers} for answers in all_of]),
        }
    )


@st.composite
def bank_questions(
    draw: st.DrawFn, contents: st.SearchStrategy[dict[str, Any]], **fixed: Any
) -> BankQuestion:
    """A question with one of these contents, as the bank would have it."""
    content = draw(contents)
    text = draw(HTML)
    if content["kind"] == "FILL_BLANK":
        gaps = [f"[[{one['key']}]]{draw(INLINE)}" for one in content["blanks"]]
        text = f"<p>{draw(INLINE)} {' '.join(gaps)}</p>"
    read = QuestionIn.model_validate(
        {"name": draw(PLAIN), "text": text, "content": content, "feedback": draw(REMARK)}
    )
    clean = cleaned(read.text, read.content, read.feedback)
    tags = st.lists(st.sampled_from(["easy", "कठिन", "a, b"]), unique=True, max_size=2)
    values: dict[str, Any] = {
        "tags": tuple(draw(tags)),
        "external_id": draw(st.sampled_from(["", "q-1", "x]y", "é:1"])),
    }
    return BankQuestion(
        id=1,
        name=read.name,
        text=clean.text,
        content=QuestionIn.model_validate(
            {"name": "x", "text": "x", "content": clean.content}
        ).content,
        feedback=clean.feedback,
        **(values | fixed),
    )


def meaning(question: BankQuestion) -> Any:
    """What a question is, whatever its keys."""
    return (
        question.name,
        *canonical(question.text, question.content),
        question.feedback,
        question.tags,
        question.external_id,
    )


def meaning_read(draft: Draft) -> Any:
    """The same of one that was read, after the bank's checks."""
    assert draft.error is None, draft.error
    read = QuestionIn.model_validate(
        {
            "name": draft.name,
            "text": draft.text,
            "content": draft.content,
            "feedback": draft.feedback,
            "tags": draft.tags,
        }
    )
    clean = cleaned(read.text, read.content, read.feedback)
    content = QuestionIn.model_validate(
        {"name": "x", "text": "x", "content": clean.content}
    ).content
    return (
        read.name,
        *canonical(clean.text, content),
        clean.feedback,
        tuple(read.tags),
        draft.external_id,
    )
