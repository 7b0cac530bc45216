"""Contents of lessons with their completion rules, and descriptions of courses."""

from __future__ import annotations

from random import Random
from typing import Final

RULES: Final[dict[str, tuple[str, int | None]]] = {
    "TEXT": ("MARKED", None),
    "VIDEO": ("WATCHED", 90),
    "DOCUMENT": ("OPENED", None),
    "QUIZ": ("PASSED", None),
    "ASSIGNMENT": ("SUBMITTED", None),
    "LIVE": ("ATTENDED", None),
}
"""The default completion rule of each kind of lesson; the percent to watch."""

OPTIONAL: Final = frozenset({"LIVE", "ASSIGNMENT"})
"""Kinds a course is complete without: homework counts for the mark, who was ill missed a talk."""

DURATIONS: Final = {"VIDEO": (240, 900), "LIVE": (2_400, 3_600)}
"""The duration of lessons by kind, in seconds."""

_AIMS: Final = (
    ("know the words we use", "explain the idea to a friend"),
    ("work through an example step by step", "find a mistake and say why it is one"),
    ("connect this lesson with the last one", "ask a question of your own"),
    ("use the idea in daily life", "check your own answer"),
)
_AIMS_HI: Final = (
    ("पाठ के नए शब्द समझना", "विचार को मित्र को समझाना"),
    ("उदाहरण को क्रम से हल करना", "ग़लती पहचानना और कारण बताना"),
    ("इस पाठ को पिछले पाठ से जोड़ना", "अपना एक प्रश्न पूछना"),
)
_ABOUT: Final = {
    "TEXT": "Read slowly, and keep paper and pencil beside you.",
    "VIDEO": "Watch to the end; stop and go back whenever something is not clear.",
    "DOCUMENT": "Open the sheet, print it if you like, and keep it for the review.",
    "QUIZ": "Five short questions. You may try again until you pass.",
    "ASSIGNMENT": "Hand in your work before the due date. Show how you found each answer.",
    "LIVE": "We meet online and work on your questions together.",
}
_ABOUT_HI: Final = {
    "TEXT": "धीरे-धीरे पढ़िए और काग़ज़-पेंसिल साथ रखिए।",
    "VIDEO": "वीडियो अंत तक देखिए; जो समझ न आए, उसे दोबारा चलाइए।",
    "DOCUMENT": "पत्रक खोलिए और पुनरावृत्ति के लिए सँभालकर रखिए।",
    "QUIZ": "पाँच छोटे प्रश्न। सफल होने तक फिर प्रयास कर सकते हैं।",
    "ASSIGNMENT": "अंतिम तिथि से पहले अपना काम जमा कीजिए और हर उत्तर का तरीका लिखिए।",
    "LIVE": "हम ऑनलाइन मिलेंगे और आपके प्रश्नों पर साथ काम करेंगे।",
}
_TAGS: Final = {
    "Mathematics": ("numbers", "problem solving"),
    "Science": ("experiments", "nature"),
    "Computer Science": ("programming", "logic"),
    "हिन्दी साहित्य": ("भाषा", "कविता", "literature"),
    "Art and Craft": ("कला", "drawing"),
    "Environmental Studies": ("nature", "climate"),
}


def is_hindi(text: str) -> bool:
    """Return True if the text is written in Devanagari."""
    return any("\u0900" <= letter <= "\u097f" for letter in text)


def lesson_content(rng: Random, course: str, kind: str) -> str:
    """Short HTML, as it is after sanitizing, in the language of the course's title."""
    hindi = is_hindi(course)
    about = (_ABOUT_HI if hindi else _ABOUT)[kind]
    aims = rng.choice(_AIMS_HI if hindi else _AIMS)
    if kind != "TEXT":
        return f"<p>{about}</p>"
    heading, after = (
        ("इस पाठ के बाद", "आप ये कर सकेंगे:") if hindi else ("After this lesson", "You can:")
    )
    points = "".join(f"<li>{aim}</li>" for aim in aims)
    return f"<h2>{heading}</h2><p>{about}</p><p><strong>{after}</strong></p><ul>{points}</ul>"


def description(title: str, term: str) -> str:
    """Return the description of a course."""
    words = "सभी कक्षाओं के लिए।" if is_hindi(title) else "Lessons, homework and an examination."
    return f"<p>{title}, {term}</p><p>{words}</p>"


def tags(category: str, *, is_elective: bool) -> str:
    """PostgreSQL's literal of a course's tags."""
    found = (*_TAGS.get(category, ()), "elective" if is_elective else "core")
    return "{" + ",".join(f'"{tag}"' for tag in found) + "}"
