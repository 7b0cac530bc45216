"""Templates about enrollments: how many, by whom, with which outcome."""

from __future__ import annotations

from typing import Final

from dashboards.messages import Text
from dashboards.presets.shorthand import grouped, largest, over_time, where
from dashboards.templates.model import Template, listed, template

_ACTIVE: Final = where("status", "eq", "ACTIVE")

ENROLLMENT: Final[tuple[Template, ...]] = (
    template(
        "enrollmentsByCourse",
        "AHT",
        Text("Enrollments by course", "पाठ्यक्रम के अनुसार नामांकन"),
        Text("The largest courses first.", "सबसे बड़े पाठ्यक्रम पहले।"),
        grouped("bar", "enrollments", ["count"], ["course.code"], sort=largest("count")),
    ),
    template(
        "enrollmentsByStatus",
        "A",
        Text("Enrollments by status", "स्थिति के अनुसार नामांकन"),
        Text("Active, completed and withdrawn.", "सक्रिय, पूर्ण और वापस लिए गए।"),
        grouped("donut", "enrollments", ["count"], ["status"], totals="grand"),
    ),
    template(
        "learnersByTerm",
        "AF",
        Text("Learners by term", "सत्र के अनुसार शिक्षार्थी"),
        Text(
            "Students with an enrollment, and their enrollments.", "नामांकित विद्यार्थी और उनके नामांकन।"
        ),
        grouped("table", "enrollments", ["learners", "count"], ["course.termCode"]),
    ),
    template(
        "enrollmentsByMonth",
        "AF",
        Text("New enrollments by month", "मासिक नए नामांकन"),
        Text("By the day of enrollment.", "नामांकन के दिन के अनुसार।"),
        over_time("line", "enrollments", ("enrolledOn", "month"), ["count"]),
    ),
    template(
        "learnersByClass",
        "AH",
        Text("Learners by class", "कक्षा के अनुसार शिक्षार्थी"),
        Text("Students with an enrollment in each class.", "प्रत्येक कक्षा के नामांकित विद्यार्थी।"),
        grouped("bar", "enrollments", ["learners"], ["student.className"]),
    ),
    template(
        "outcomesByCourse",
        "HT",
        Text("Outcomes by course", "पाठ्यक्रम के अनुसार परिणाम"),
        Text("Enrollments that have an outcome.", "जिन नामांकनों का परिणाम आ चुका है।"),
        grouped(
            "stackedBar",
            "enrollments",
            ["count"],
            ["course.code", "outcome"],
            filters=[where("outcome", "isNotNull")],
        ),
    ),
    template(
        "passRateByCourse",
        "AH",
        Text("Pass rate by course", "पाठ्यक्रम के अनुसार उत्तीर्ण दर"),
        Text("Of the enrollments that have an outcome.", "परिणाम वाले नामांकनों में से।"),
        grouped("bar", "enrollments", ["passRate"], ["course.code"], sort=largest("passRate")),
    ),
    template(
        "completionByCategory",
        "AH",
        Text("Completion rate by category", "श्रेणी के अनुसार पूर्णता दर"),
        Text("Completed enrollments of all.", "सभी नामांकनों में से पूर्ण हुए।"),
        grouped("bar", "enrollments", ["completionRate", "count"], ["course.category"]),
    ),
    template(
        "withdrawalRateByCourse",
        "H",
        Text("Withdrawal rate by course", "पाठ्यक्रम के अनुसार वापसी दर"),
        Text("Withdrawn enrollments of all.", "सभी नामांकनों में से वापस लिए गए।"),
        grouped(
            "bar",
            "enrollments",
            ["withdrawalRate", "count"],
            ["course.code"],
            sort=largest("withdrawalRate"),
        ),
    ),
    template(
        "withdrawalsByMonth",
        "AF",
        Text("Withdrawals by month", "मासिक वापसी"),
        Text("By the day of withdrawal.", "वापसी के दिन के अनुसार।"),
        over_time(
            "line",
            "enrollments",
            ("withdrawnOn", "month"),
            ["count"],
            filters=[where("status", "eq", "WITHDRAWN")],
        ),
    ),
    template(
        "progressByCourse",
        "HT",
        Text("Progress by course", "पाठ्यक्रम के अनुसार प्रगति"),
        Text("Mean progress of the active enrollments.", "सक्रिय नामांकनों की औसत प्रगति।"),
        grouped("bar", "enrollments", ["avgProgress"], ["course.code"], filters=[_ACTIVE]),
    ),
    template(
        "neverStarted",
        "T",
        Text("Learners who haven't begun", "जिन्होंने शुरू नहीं किया"),
        Text("Active enrollments without any activity.", "बिना किसी गतिविधि के सक्रिय नामांकन।"),
        listed(
            "enrollments",
            ["student.code", "student.name", "course.code", "enrolledOn"],
            filters=[_ACTIVE, where("lastActivityOn", "isNull")],
            sort=[{"by": "enrolledOn", "dir": "asc"}],
        ),
    ),
    template(
        "quietLearners",
        "T",
        Text("Learners not seen for two weeks", "दो सप्ताह से अनुपस्थित शिक्षार्थी"),
        Text(
            "Active enrollments, the longest absence first.", "सक्रिय नामांकन, सबसे लंबी अनुपस्थिति पहले।"
        ),
        listed(
            "enrollments",
            ["student.code", "student.name", "course.code", "lastActivityOn"],
            filters=[_ACTIVE, where("lastActivityOn", "olderThan", {"n": 14, "unit": "day"})],
            sort=[{"by": "lastActivityOn", "dir": "asc"}],
        ),
    ),
    template(
        "expiringAccess",
        "TP",
        Text("Access that ends soon", "जल्द समाप्त होने वाली पहुँच"),
        Text("Enrollments that expire within 30 days.", "30 दिन में समाप्त होने वाले नामांकन।"),
        listed(
            "enrollments",
            ["student.name", "course.title", "expiresOn"],
            filters=[where("expiresOn", "inNext", {"n": 30, "unit": "day"})],
            sort=[{"by": "expiresOn", "dir": "asc"}],
        ),
    ),
    template(
        "enrollmentSources",
        "A",
        Text("Ways of enrollment", "नामांकन के तरीके"),
        Text("By themselves, by the office, in bulk.", "स्वयं, कार्यालय द्वारा, एक साथ।"),
        grouped("pie", "enrollments", ["count"], ["source"]),
    ),
    template(
        "myCourses",
        "P",
        Text("Courses and progress", "पाठ्यक्रम और प्रगति"),
        Text(
            "Each course with its status, outcome and progress.",
            "हर पाठ्यक्रम की स्थिति, परिणाम और प्रगति।",
        ),
        listed(
            "enrollments",
            ["student.name", "course.title", "status", "outcome", "progressPct"],
            sort=[{"by": "course.title", "dir": "asc"}],
        ),
    ),
    template(
        "lastSeen",
        "TP",
        Text("Last activity in each course", "हर पाठ्यक्रम में अंतिम गतिविधि"),
        Text("Active enrollments.", "सक्रिय नामांकन।"),
        listed(
            "enrollments",
            ["student.name", "course.title", "lastActivityOn"],
            filters=[_ACTIVE],
            sort=[{"by": "lastActivityOn", "dir": "desc"}],
        ),
    ),
    template(
        "completedCourses",
        "P",
        Text("Completed courses", "पूर्ण किए गए पाठ्यक्रम"),
        Text("With the day and the outcome.", "दिन और परिणाम सहित।"),
        listed(
            "enrollments",
            ["student.name", "course.title", "completedOn", "outcome"],
            filters=[where("status", "eq", "COMPLETED")],
            sort=[{"by": "completedOn", "dir": "desc"}],
        ),
    ),
)
