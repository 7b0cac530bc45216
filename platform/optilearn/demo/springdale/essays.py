"""Essays handed in, their rubric, and the words of reviews, in Hindi."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any, Final

INSTRUCTIONS: Final = "<p>अपने प्रिय लेखक या कवि पर एक छोटा निबंध लिखिए।</p>"
RUBRIC: Final = "निबंध"
_CRITERIA: Final = (("content", "विषयवस्तु", 5), ("language", "भाषा", 3), ("form", "प्रस्तुति", 2))
"""Key, title, and tenths of the assignment's points."""
_LEVELS: Final = (("full", "बहुत अच्छा", 2), ("half", "ठीक", 1), ("none", "कमज़ोर", 0))
"""Key, title, and halves of the criterion's points."""
_ABOUT: Final = ("मुंशी प्रेमचंद", "महादेवी वर्मा", "सुमित्रानंदन पंत", "हरिवंश राय बच्चन", "सुभद्रा कुमारी चौहान")
_BECAUSE: Final = (
    "उनकी भाषा सरल है और सीधे मन को छूती है।",
    "उनकी रचनाओं में गाँव का जीवन दिखाई देता है।",
    "उनकी कविताओं में प्रकृति का सुंदर वर्णन है।",
)
_ENDS: Final = (
    "उन्हें पढ़कर मैंने साहस का अर्थ समझा।",
    "मैं उनकी और रचनाएँ पढ़ना चाहता हूँ।",
    "हमें उनसे सच बोलने की प्रेरणा मिलती है।",
)
_REVIEWS: Final = (
    "<p>अच्छा निबंध है, उदाहरण और जोड़िए।</p>",
    "<p>भाषा साफ़ है।</p>",
    "<p>शुरुआत बहुत अच्छी है, अंत छोटा है।</p>",
)


def essay(rng: Random) -> str:
    """A short essay, as it is after sanitizing."""
    about, because, end = rng.choice(_ABOUT), rng.choice(_BECAUSE), rng.choice(_ENDS)
    return f"<p>मेरे प्रिय रचनाकार {about} हैं। {because}</p><p>{end}</p>"


def criteria(possible: Decimal) -> list[dict[str, Any]]:
    """A rubric's criteria, which give so many points together."""
    return [
        {
            "key": key,
            "title": title,
            "levels": [
                {"key": level, "title": words, "points": str(_points(possible, tenths, halves))}
                for level, words, halves in _LEVELS
            ],
        }
        for key, title, tenths in _CRITERIA
    ]


def review(
    rng: Random, possible: Decimal, share: float
) -> tuple[list[dict[str, Any]], Decimal, str]:
    """Ratings near a share of the points, their sum, and a comment."""
    ratings, score = [], Decimal(0)
    for key, _title, tenths in _CRITERIA:
        place = max(0, min(2, round(2 - 2 * (share + rng.uniform(-0.2, 0.2)))))
        level, _words, halves = _LEVELS[place]
        ratings.append({"criterion": key, "level": level})
        score += _points(possible, tenths, halves)
    return ratings, score, rng.choice(_REVIEWS)


def _points(possible: Decimal, tenths: int, halves: int) -> Decimal:
    return (possible * tenths * halves / 20).quantize(Decimal("0.01"))
