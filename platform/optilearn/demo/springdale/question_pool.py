"""Questions of mathematics and science, with answers as students give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final, NamedTuple

PER_QUIZ: Final = 5


class Item(NamedTuple):
    """A question with its key, a right answer, and wrong ones."""

    name: str
    text: str
    content: Mapping[str, Any]
    right: Any
    wrong: Sequence[Any]

    @property
    def order(self) -> list[str]:
        """The keys of its options as students see them, which is as the author wrote them."""
        return [one["key"] for one in self.content.get("options", ())]


def maths(rng: Random, grade: int) -> list[Item]:
    """Sums of the class's size, one in Hindi, a choice and a statement; new numbers each time."""
    a, b = rng.randint(4, 9 + grade), rng.randint(11, 12 * grade)
    c, d = rng.randint(20, 90 * grade), rng.randint(5, 19)
    width, height = rng.randint(3, 9 + grade), rng.randint(3, 12)
    percent, whole = rng.choice((10, 20, 25, 50)), rng.choice((80, 120, 200, 240))
    share = percent * whole // 100
    claim = rng.random() < 0.5
    return [
        _number("Product", f"{a} × {b} = ?", a * b),
        _number("Difference", f"{c} − {d} = ?", c - d),
        _number(
            "क्षेत्रफल",
            f"आयत की लंबाई {width} सेमी और चौड़ाई {height} सेमी है। क्षेत्रफल (वर्ग सेमी)?",
            width * height,
        ),
        _choice(
            "Percent",
            f"{percent}% of {whole} is",
            (str(share), str(share + 5), str(share * 2), str(whole - share)),
        ),
        _statement(
            "Even or odd", f"{a} × {b} is {'even' if claim else 'odd'}.", claim == (a * b % 2 == 0)
        ),
    ]


def science(rng: Random) -> list[Item]:
    """Five questions of the pool, in a random order."""
    return rng.sample(_SCIENCE, PER_QUIZ)


def _number(name: str, text: str, value: int) -> Item:
    content = {"kind": "NUMERIC", "answers": [{"value": str(value)}]}
    return Item(name, f"<p>{text}</p>", content, str(value), [str(value + 1), str(value - 10)])


def _choice(name: str, text: str, options: tuple[str, ...], right: int = 0) -> Item:
    keys = "abcd"
    content = {
        "kind": "MCQ",
        "options": [
            {"key": keys[place], "text": option} | ({"isRight": True} if place == right else {})
            for place, option in enumerate(options)
        ],
    }
    wrong = [str(place + 1) for place in range(len(options)) if place != right]
    return Item(name, f"<p>{text}</p>", content, str(right + 1), wrong)


def _several(name: str, text: str, options: tuple[str, ...], right: tuple[int, ...]) -> Item:
    content = {
        "kind": "MULTI_SELECT",
        "options": [
            {"key": "abcd"[place], "text": option} | ({"isRight": True} if place in right else {})
            for place, option in enumerate(options)
        ],
    }
    chosen = [str(place + 1) for place in right]
    return Item(name, f"<p>{text}</p>", content, chosen, [chosen[:1]])


def _statement(name: str, text: str, is_true: bool) -> Item:  # noqa: FBT001 - the answer
    content = {"kind": "TRUE_FALSE", "isTrue": is_true}
    return Item(name, f"<p>{text}</p>", content, is_true, [not is_true])


def _word(name: str, text: str, answers: tuple[str, ...], wrong: tuple[str, ...]) -> Item:
    content = {"kind": "SHORT_ANSWER", "answers": [{"text": one} for one in answers]}
    return Item(name, f"<p>{text}</p>", content, answers[0], wrong)


_SCIENCE: Final = (
    _choice(
        "Red planet", "Which planet is called the red planet?", ("Venus", "Mars", "Jupiter"), 1
    ),
    _choice("प्रकाश संश्लेषण", "पौधे अपना भोजन किस अंग में बनाते हैं?", ("जड़", "तना", "पत्ती", "फूल"), 2),
    _choice("Blood", "Which organ pumps the blood?", ("The heart", "The liver", "The lungs")),
    _choice("Current", "In what is electric current measured?", ("volt", "ohm", "ampere"), 2),
    _statement("Sound", "Sound travels through empty space.", is_true=False),
    _statement("चंद्रमा", "चंद्रमा स्वयं प्रकाश उत्पन्न करता है।", is_true=False),
    _statement("Iron", "Iron rusts faster in moist air than in dry air.", is_true=True),
    _word("Gas", "Which gas do we breathe in to live?", ("oxygen", "O2"), ("nitrogen", "air")),
    _word("जल", "जल का रासायनिक सूत्र लिखिए।", ("H2O", "H₂O"), ("HO2", "CO2")),
    _word("Melting", "What does ice become when it melts?", ("water",), ("steam", "snow")),
    _number("Boiling", "At how many degrees Celsius does water boil at sea level?", 100),
    _number("दाँत", "वयस्क मनुष्य के कितने दाँत होते हैं?", 32),
    _several("Metals", "Which are metals?", ("Copper", "Sulphur", "Gold", "Carbon"), (0, 2)),
    _several("स्तनधारी", "इनमें से कौन स्तनधारी हैं?", ("गाय", "मेंढक", "व्हेल", "कबूतर"), (0, 2)),
)
