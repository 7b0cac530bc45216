"""The reasons for which a chart is refused, each with what would fit instead, in each language."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from dashboards.messages import Text


class Refusal(StrEnum):
    """A refusal: its code, why, and what would fit. Words in braces are filled in."""

    code: str
    message: Text
    hint: Text

    def __new__(cls, key: str, code: str, message: tuple[str, str], hint: tuple[str, str]) -> Self:
        """Return the member whose value is the key; codes may be shared."""
        member = str.__new__(cls, key)
        member._value_ = key
        member.code = code
        member.message = Text(*message)
        member.hint = Text(*hint)
        return member

    UNKNOWN_CHART = (
        "unknownChart",
        "UNKNOWN_CHART",
        ("Unknown chart type {name}.", "{name} नाम का कोई चार्ट नहीं है।"),
        ("{known}", "{known}"),
    )
    NO_NUMBERS = (
        "noNumbers",
        "NEEDS_NUMBERS",
        ("A {kind} needs a number.", "इस चार्ट को एक संख्या चाहिए।"),
        ("Add a measure, or use a table.", "कोई संख्या जोड़ें, या तालिका चुनें।"),
    )
    SINGLE_ROWS = (
        "singleRows",
        "NEEDS_GROUPS",
        ("A {kind} can't show single rows.", "यह चार्ट अकेली पंक्तियाँ नहीं दिखा सकता।"),
        (
            "Group the rows (mode categorical or temporal), or use a table.",
            "पंक्तियों के समूह बनाएँ, या तालिका चुनें।",
        ),
    )
    GOAL_IS_FRACTION = (
        "goalIsFraction",
        "GOAL_IS_FRACTION",
        (
            "{label} is a fraction from 0 to 1, so its goal must be one too.",
            "{label} 0 से 1 के बीच का भिन्न है, इसलिए लक्ष्य भी वैसा ही होना चाहिए।",
        ),
        ("Write {fraction} for {percent} %.", "{percent} % के लिए {fraction} लिखें।"),
    )
    HAS_GROUPS = (
        "hasGroups",
        "HAS_GROUPS",
        (
            "This chart shows one row, and the result is grouped.",
            "यह चार्ट एक ही पंक्ति दिखाता है, और परिणाम समूहों में है।",
        ),
        (
            "Leave out the dimensions and the time, or use a bar or a line.",
            "समूह और समय हटाएँ, या स्तंभ या रेखा चुनें।",
        ),
    )
    NO_GROUPS = (
        "noGroups",
        "NEEDS_GROUPS",
        ("This chart needs something to group by.", "इस चार्ट को कोई समूह चाहिए।"),
        (
            "Add a dimension or a time, or use a kpi.",
            "कोई समूह या समय जोड़ें, या मुख्य संख्या चुनें।",
        ),
    )
    NOT_TWO_GROUPS = (
        "notTwoGroups",
        "NEEDS_TWO_GROUPS",
        (
            "This chart needs two groups, and the result has {count}.",
            "इस चार्ट को दो समूह चाहिए, और परिणाम में {count} हैं।",
        ),
        (
            "Group by two dimensions, or by a time and one dimension.",
            "दो समूह चुनें, या समय और एक समूह।",
        ),
    )
    TOO_MANY_SCALES = (
        "tooManyScales",
        "TOO_MANY_SCALES",
        (
            "The measures have {count} different units; at most {most} fit.",
            "संख्याओं की {count} अलग इकाइयाँ हैं; अधिक से अधिक {most} आ सकती हैं।",
        ),
        ("Leave out measures, or use a table.", "कुछ संख्याएँ हटाएँ, या तालिका चुनें।"),
    )
    NO_ORDER = (
        "noOrder",
        "NEEDS_ORDER",
        (
            "A line needs an order, and {label} has none.",
            "रेखा के लिए क्रम चाहिए, और {label} में क्रम नहीं है।",
        ),
        (
            "Use a bar, or put a time or a number first.",
            "स्तंभ चुनें, या पहले समय या संख्या रखें।",
        ),
    )
    GAPS_IN_STACK = (
        "gapsInStack",
        "HAS_GAPS",
        (
            "Values that are missing or withheld can't be stacked.",
            "जो मान नहीं हैं या छिपाए गए हैं, वे एक के ऊपर एक नहीं रखे जा सकते।",
        ),
        ("Use a line or a stackedBar.", "रेखा या परतदार स्तंभ चुनें।"),
    )
    MIXED_UNITS = (
        "mixedUnits",
        "MIXED_UNITS",
        (
            "Measures of different units can't be stacked.",
            "अलग इकाइयों की संख्याएँ एक के ऊपर एक नहीं रखी जा सकतीं।",
        ),
        ("Use a line or a groupedBar.", "रेखा या समूहित स्तंभ चुनें।"),
    )
    NOT_PARTS = (
        "notParts",
        "NOT_PARTS",
        (
            "{label} can't be added up, so its values are not parts of a whole.",
            "{label} को जोड़ा नहीं जा सकता, इसलिए उसके मान किसी पूरे के हिस्से नहीं हैं।",
        ),
        ("Use a {instead}, or a count or a sum.", "कोई दूसरा चार्ट चुनें, या गिनती या योग लें।"),
    )
    NEGATIVE_VALUES = (
        "negativeValues",
        "NEGATIVE_PARTS",
        (
            "{label} has negative values, which are not parts of a whole.",
            "{label} में ऋणात्मक मान हैं, जो किसी पूरे के हिस्से नहीं होते।",
        ),
        ("Use a {instead}.", "कोई दूसरा चार्ट चुनें।"),
    )
    GAPS_IN_WHOLE = (
        "gapsInWhole",
        "HAS_GAPS",
        (
            "Some values are withheld, so the parts don't add up to the whole.",
            "कुछ मान छिपाए गए हैं, इसलिए हिस्से मिलकर पूरे नहीं होते।",
        ),
        ("Use a bar, which shows the gaps.", "स्तंभ चुनें, जिसमें खाली जगह दिखती है।"),
    )
    CUT_WHOLE = (
        "cutWhole",
        "CUT_WHOLE",
        (
            "The list was cut, so the parts don't add up to the whole.",
            "सूची पूरी नहीं है, इसलिए हिस्से मिलकर पूरे नहीं होते।",
        ),
        (
            'Ask for totals ("totals": "grand"), or no limit.',
            "कुल योग भी माँगें, या पंक्तियों की सीमा हटाएँ।",
        ),
    )
    TOO_MANY_NESTED = (
        "tooManyNested",
        "TOO_MANY_GROUPS",
        ("A treemap nests at most three groups.", "ट्रीमैप में अधिक से अधिक तीन समूह आते हैं।"),
        ("Leave out some.", "कुछ समूह हटाएँ।"),
    )
    ONE_MEASURE = (
        "oneMeasure",
        "NEEDS_TWO_MEASURES",
        (
            "A scatter needs two measures, and the result has one.",
            "बिंदु चार्ट को दो संख्याएँ चाहिए, और परिणाम में एक है।",
        ),
        ("Add a second measure.", "दूसरी संख्या जोड़ें।"),
    )
    NO_BINS = (
        "noBins",
        "NEEDS_BINS",
        (
            "A histogram needs one number to group by.",
            "हिस्टोग्राम के लिए किसी एक संख्या से समूह बनाने होते हैं।",
        ),
        (
            'Group by a number with bins, like {{"field": "score", "bins": [0, 50, 100]}}.',
            "किसी संख्या से समूह बनाएँ और उसकी सीमाएँ दें, जैसे 0, 50, 100।",
        ),
    )
    NO_AGE = (
        "noAge",
        "NEEDS_AGE",
        (
            "A cohort needs an age: a whole number to follow each group by.",
            "कोहोर्ट को एक पूर्ण संख्या चाहिए, जिससे हर समूह को आगे देखा जा सके।",
        ),
        (
            "Use the bucket weekOfTerm, or a number of days, as one of the two groups.",
            "दो समूहों में से एक में सत्र का सप्ताह या दिनों की संख्या रखें।",
        ),
    )
    TOO_MANY_STAGES = (
        "tooManyStages",
        "TOO_MANY_GROUPS",
        ("A funnel has one group of stages.", "फ़नल में चरणों का एक ही समूह होता है।"),
        ("Leave out a group.", "एक समूह हटाएँ।"),
    )
    NO_STAGES = (
        "noStages",
        "NEEDS_STAGES",
        ("A funnel needs two stages or more.", "फ़नल को दो या अधिक चरण चाहिए।"),
        (
            "Give a measure for each stage, or one group of stages.",
            "हर चरण के लिए एक संख्या दें, या चरणों का एक समूह।",
        ),
    )
    MIXED_STAGES = (
        "mixedStages",
        "MIXED_UNITS",
        (
            "The stages of a funnel count the same thing.",
            "फ़नल के सभी चरण एक ही चीज़ गिनते हैं।",
        ),
        ("Use a kpi.", "मुख्य संख्या चुनें।"),
    )
    NEGATIVE_STAGES = (
        "negativeStages",
        "NEGATIVE_PARTS",
        ("A funnel has no negative stages.", "फ़नल में ऋणात्मक चरण नहीं होते।"),
        ("Use a bar.", "स्तंभ चुनें।"),
    )
    NOT_NARROWING = (
        "notNarrowing",
        "NOT_NARROWING",
        (
            "A funnel narrows from stage to stage, but a later stage is larger here.",
            "फ़नल हर चरण पर छोटा होता जाता है, पर यहाँ बाद का एक चरण बड़ा है।",
        ),
        (
            "Put the largest stage first, or use a bar.",
            "सबसे बड़ा चरण पहले रखें, या स्तंभ चुनें।",
        ),
    )
    NEGATIVE_GAUGE = (
        "negativeGauge",
        "NEGATIVE_VALUE",
        (
            "A gauge starts at 0, but the value is negative.",
            "गेज 0 से शुरू होता है, पर मान ऋणात्मक है।",
        ),
        ("Use a kpi.", "मुख्य संख्या चुनें।"),
    )
    NO_GOAL = (
        "noGoal",
        "NEEDS_GOAL",
        (
            "The gauge needs a goal: {label} has no known maximum.",
            "गेज को लक्ष्य चाहिए: {label} का अधिकतम मान पता नहीं है।",
        ),
        ("Give the chart a goal, or use a kpi.", "चार्ट को लक्ष्य दें, या मुख्य संख्या चुनें।"),
    )
