"""Templates about assignments and what is handed in."""

from __future__ import annotations

from typing import Final

from dashboards.messages import Text
from dashboards.presets.shorthand import grouped, largest, over_time, where
from dashboards.templates.model import Template, listed, template

_UNSCORED: Final = where("score", "isNull")
_NEXT_TWO_WEEKS: Final = where("dueOn", "inNext", {"n": 14, "unit": "day"})

WORK: Final[tuple[Template, ...]] = (
    template(
        "averageScoreByCourse",
        "A",
        Text("Average score by course", "पाठ्यक्रम के अनुसार औसत अंक"),
        Text("Mean and median of graded submissions.", "जाँची गई प्रस्तुतियों का औसत और माध्यिका।"),
        grouped("bar", "submissions", ["avgScore", "medianScore"], ["course.code"]),
    ),
    template(
        "scoresByAssignment",
        "HT",
        Text("Scores by assignment", "असाइनमेंट के अनुसार अंक"),
        Text("Mean score, and how many were graded.", "औसत अंक, और कितनी जाँची गईं।"),
        grouped(
            "table",
            "submissions",
            ["avgScore", "graded", "count"],
            ["course.code", "assignment.title"],
        ),
    ),
    template(
        "scoresByLearner",
        "TP",
        Text("Average score by learner", "शिक्षार्थी के अनुसार औसत अंक"),
        Text("In each course.", "प्रत्येक पाठ्यक्रम में।"),
        grouped(
            "table",
            "submissions",
            ["avgScore", "count"],
            ["student.code", "student.name", "course.title"],
        ),
    ),
    template(
        "lateRateByCourse",
        "HT",
        Text("Late submissions by course", "पाठ्यक्रम के अनुसार विलंबित प्रस्तुतियाँ"),
        Text("Of all submissions.", "सभी प्रस्तुतियों में से।"),
        grouped("bar", "submissions", ["lateRate"], ["course.code"], sort=largest("lateRate")),
    ),
    template(
        "lateByLearner",
        "TP",
        Text("Late submissions by learner", "शिक्षार्थी के अनुसार विलंबित प्रस्तुतियाँ"),
        Text("The most first.", "सबसे अधिक पहले।"),
        grouped(
            "table",
            "submissions",
            ["count"],
            ["student.code", "student.name"],
            filters=[where("isLate", "isTrue")],
            sort=largest("count"),
        ),
    ),
    template(
        "submissionsByMonth",
        "HP",
        Text("Submissions by month", "मासिक प्रस्तुतियाँ"),
        Text("By the day of submission.", "प्रस्तुति के दिन के अनुसार।"),
        over_time("line", "submissions", ("submittedOn", "month"), ["count"]),
    ),
    template(
        "scoresByMonth",
        "TP",
        Text("Average score by month", "मासिक औसत अंक"),
        Text("Of the submissions of the month.", "उस महीने की प्रस्तुतियों का।"),
        over_time("line", "submissions", ("submittedOn", "month"), ["avgScore"]),
    ),
    template(
        "ungradedByCourse",
        "AHT",
        Text("Work to grade, by course", "पाठ्यक्रम के अनुसार जाँचने का कार्य"),
        Text("Submissions without a score.", "बिना अंक की प्रस्तुतियाँ।"),
        grouped(
            "bar",
            "submissions",
            ["count"],
            ["course.code"],
            filters=[_UNSCORED],
            sort=largest("count"),
        ),
    ),
    template(
        "ungradedList",
        "T",
        Text("Work to grade", "जाँचने का कार्य"),
        Text(
            "Submissions without a score, the oldest first.", "बिना अंक की प्रस्तुतियाँ, सबसे पुरानी पहले।"
        ),
        listed(
            "submissions",
            ["course.code", "assignment.title", "student.code", "submittedOn"],
            filters=[_UNSCORED],
            sort=[{"by": "submittedOn", "dir": "asc"}],
        ),
    ),
    template(
        "turnaroundByCourse",
        "H",
        Text("Days until work is graded", "जाँच में लगे दिन"),
        Text("From submission to grading, on average.", "प्रस्तुति से जाँच तक, औसतन।"),
        grouped("bar", "submissions", ["turnaroundDays"], ["course.code"]),
    ),
    template(
        "gradedByMonth",
        "H",
        Text("Graded work by month", "मासिक जाँचा गया कार्य"),
        Text("By the day of grading.", "जाँच के दिन के अनुसार।"),
        over_time("bar", "submissions", ("gradedOn", "month"), ["count"]),
    ),
    template(
        "assignmentsByKind",
        "H",
        Text("Assignments by kind", "प्रकार के अनुसार असाइनमेंट"),
        Text("In each course.", "प्रत्येक पाठ्यक्रम में।"),
        grouped("stackedBar", "assignments", ["count"], ["course.code", "kind"]),
    ),
    template(
        "dueSoon",
        "TP",
        Text("Due in the next two weeks", "अगले दो सप्ताह में देय"),
        Text("Assignments by due date.", "नियत तारीख़ के अनुसार असाइनमेंट।"),
        listed(
            "assignments",
            ["dueOn", "course.title", "title", "kind"],
            filters=[_NEXT_TWO_WEEKS],
            sort=[{"by": "dueOn", "dir": "asc"}],
        ),
    ),
    template(
        "assignmentsByMonth",
        "H",
        Text("Assignments by due month", "नियत महीने के अनुसार असाइनमेंट"),
        Text("The load of each month.", "हर महीने का भार।"),
        over_time("bar", "assignments", ("dueOn", "month"), ["count"]),
    ),
    template(
        "workAndScores",
        "P",
        Text("Work and scores", "कार्य और अंक"),
        Text("Everything that was handed in, the newest first.", "जो जमा हुआ, सबसे नया पहले।"),
        listed(
            "submissions",
            ["student.name", "course.title", "assignment.title", "submittedOn", "score", "isLate"],
            sort=[{"by": "submittedOn", "dir": "desc"}],
        ),
    ),
    template(
        "scoresByCourse",
        "P",
        Text("Average score in each course", "हर पाठ्यक्रम में औसत अंक"),
        Text("Of graded work.", "जाँचे गए कार्य का।"),
        grouped("bar", "submissions", ["avgScore"], ["student.name", "course.title"]),
    ),
    template(
        "passRateOfWork",
        "H",
        Text("Work that passes, by course", "पाठ्यक्रम के अनुसार उत्तीर्ण कार्य"),
        Text("Of graded submissions.", "जाँची गई प्रस्तुतियों में से।"),
        grouped("bar", "submissions", ["submissions.passRate"], ["course.code"]),
    ),
    template(
        "lowScores",
        "TP",
        Text("Scores below 40 %", "40 % से कम अंक"),
        Text("The newest first.", "सबसे नए पहले।"),
        listed(
            "submissions",
            ["student.name", "course.title", "assignment.title", "submittedOn", "scorePct"],
            filters=[where("scorePct", "lt", 40)],
            sort=[{"by": "submittedOn", "dir": "desc"}],
        ),
    ),
    template(
        "waitingForGrades",
        "P",
        Text("Work that waits for its score", "अंक की प्रतीक्षा में कार्य"),
        Text("Handed in and not graded.", "जमा हुआ, पर जाँचा नहीं गया।"),
        listed(
            "submissions",
            ["student.name", "course.title", "assignment.title", "submittedOn"],
            filters=[_UNSCORED],
            sort=[{"by": "submittedOn", "dir": "asc"}],
        ),
    ),
)
