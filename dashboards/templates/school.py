"""Templates about courses, people and messages."""

from __future__ import annotations

from typing import Final

from dashboards.messages import Text
from dashboards.presets.shorthand import grouped, largest, over_time, where
from dashboards.templates.model import Template, listed, template

SCHOOL: Final[tuple[Template, ...]] = (
    template(
        "coursesByStatus",
        "A",
        Text("Courses by status", "स्थिति के अनुसार पाठ्यक्रम"),
        Text("Drafts, published and archived ones.", "मसौदे, प्रकाशित और संग्रहित।"),
        grouped("donut", "courses", ["count"], ["status"]),
    ),
    template(
        "coursesByCategory",
        "HF",
        Text("Courses by category", "श्रेणी के अनुसार पाठ्यक्रम"),
        Text("All courses, and the published ones.", "सभी और प्रकाशित पाठ्यक्रम।"),
        grouped("bar", "courses", ["count", "published"], ["category"]),
    ),
    template(
        "coursesByTerm",
        "AF",
        Text("Courses by term", "सत्र के अनुसार पाठ्यक्रम"),
        Text("All courses, and the published ones.", "सभी और प्रकाशित पाठ्यक्रम।"),
        grouped("bar", "courses", ["count", "published"], ["termCode"]),
    ),
    template(
        "coursesWithoutTerm",
        "A",
        Text("Courses without a term", "बिना सत्र के पाठ्यक्रम"),
        Text("They are missing in reports by term.", "सत्र की रिपोर्टों में ये नहीं आते।"),
        listed(
            "courses",
            ["code", "title", "status", "startsOn"],
            filters=[where("termCode", "isNull")],
            sort=[{"by": "code", "dir": "asc"}],
        ),
    ),
    template(
        "lessonsByKind",
        "H",
        Text("Lessons by kind", "प्रकार के अनुसार पाठ"),
        Text("In each course.", "प्रत्येक पाठ्यक्रम में।"),
        grouped("stackedBar", "lessons", ["count"], ["course.code", "kind"]),
    ),
    template(
        "requiredLessons",
        "T",
        Text("Required lessons by course", "पाठ्यक्रम के अनुसार अनिवार्य पाठ"),
        Text("What has to be completed.", "जिन्हें पूरा करना है।"),
        grouped(
            "bar", "lessons", ["count"], ["course.code"], filters=[where("isRequired", "isTrue")]
        ),
    ),
    template(
        "studentsByClass",
        "AF",
        Text("Students by class", "कक्षा के अनुसार विद्यार्थी"),
        Text("Everybody in the directory.", "निर्देशिका के सभी लोग।"),
        grouped("bar", "students", ["count"], ["className"]),
    ),
    template(
        "studentsBySection",
        "H",
        Text("Students by class and section", "कक्षा और अनुभाग के अनुसार विद्यार्थी"),
        Text("Active students.", "सक्रिय विद्यार्थी।"),
        grouped(
            "table",
            "students",
            ["count"],
            ["className", "sectionName"],
            filters=[where("status", "eq", "ACTIVE")],
        ),
    ),
    template(
        "staffByRole",
        "A",
        Text("Staff by role", "भूमिका के अनुसार कर्मचारी"),
        Text("Active and inactive.", "सक्रिय और निष्क्रिय।"),
        grouped("bar", "staff", ["count"], ["role", "status"]),
    ),
    template(
        "messagesByChannel",
        "A",
        Text("Messages by channel", "माध्यम के अनुसार संदेश"),
        Text("Those sent and those that failed, of all.", "सभी में से भेजे गए और विफल।"),
        grouped("table", "deliveries", ["count", "sentRate", "failedRate"], ["channel"]),
    ),
    template(
        "messagesByStatus",
        "A",
        Text("Messages by status", "स्थिति के अनुसार संदेश"),
        Text("On each channel.", "प्रत्येक माध्यम पर।"),
        grouped("stackedBar", "deliveries", ["count"], ["channel", "status"]),
    ),
    template(
        "failedMessages",
        "A",
        Text("Failed messages by reason", "कारण के अनुसार विफल संदेश"),
        Text("The most frequent reason first.", "सबसे आम कारण पहले।"),
        grouped(
            "bar",
            "deliveries",
            ["count"],
            ["reason"],
            filters=[where("status", "eq", "FAILED")],
            sort=largest("count"),
        ),
    ),
    template(
        "messagesByMonth",
        "A",
        Text("Messages by month", "मासिक संदेश"),
        Text("In each category.", "प्रत्येक श्रेणी में।"),
        over_time("line", "deliveries", ("queuedOn", "month"), ["count"], dimensions=["category"]),
    ),
)
