"""Schemas of certificates."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, example
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Seen, Visible

CertificateState = Literal["VALID", "EXPIRED", "REVOKED"]
ValidMonths = Annotated[int, Field(ge=1, le=600)]
Name = Annotated[Visible, StringConstraints(max_length=80)]
Title = Annotated[Seen, StringConstraints(max_length=120)]
Text = Annotated[Seen, StringConstraints(max_length=400)]
Role = Annotated[Seen, StringConstraints(max_length=80)]
Reason = Annotated[Visible, StringConstraints(min_length=3, max_length=500)]
Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class OwnCertificate(CamelSchema):
    """A certificate, with the names as they were when it was issued."""

    id: int
    number: str
    state: CertificateState
    student_name: str = Field(description="Empty: the person's data was erased.")
    course_id: int | None = Field(description="Null: for a learning path.")
    course_title: str = Field(description="Or the path's.")
    completed_at: datetime | None
    issued_at: datetime
    expires_at: datetime | None = Field(description="Null: never.")
    revoked_at: datetime | None
    revocation_reason: str
    replaces_id: int | None = Field(description="The certificate that was issued anew with it.")
    verification_url: str = Field(description="The page that its QR code leads to, for anybody.")


class CertificateHolder(CamelSchema):
    """The holder of a certificate, by today's name."""

    id: int
    code: str
    name: str


class CertificateRow(OwnCertificate):
    """A certificate, for managers of its course."""

    enrollment_id: int | None = Field(description="Null: for a learning path.")
    student: CertificateHolder
    issued_by_id: int | None = Field(description="Null: issued because the course was completed.")
    revoked_by_id: int | None


class CertificateQuery(PageQuery):
    """Filters of certificates."""

    state: CertificateState | None = None
    q: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        None, description="Part of the number, of the student's name or of the course's title."
    )


class CertificatesIn(CamelSchema):
    """Enrollments in the course, whose students have completed it."""

    model_config = example({"enrollmentIds": [12, 15]})

    enrollment_ids: Annotated[list[Key], Field(min_length=1, max_length=500)]


class IssuedCertificates(CamelSchema):
    """The certificates that were issued."""

    certificate_ids: list[int]


class RevocationIn(CamelSchema):
    """The reason of a revocation, which anybody who verifies the certificate can read."""

    model_config = example({"reason": "The name was spelled wrong."})

    reason: Reason


class CertificateSettingsOut(CamelSchema):
    """The certificate that a course awards."""

    is_enabled: bool
    valid_months: int | None = Field(description="Null: certificates never expire.")
    template_id: int | None = Field(description="Null: the institution's default.")


class CertificateSettingsChange(ChangeSchema):
    """The certificate that a course awards; only what is sent is changed."""

    model_config = example({"isEnabled": True, "validMonths": 24})

    is_enabled: bool = ABSENT
    valid_months: ValidMonths | None = ABSENT
    template_id: Key | None = ABSENT


class Signatory(CamelSchema):
    """Somebody whose name stands under a certificate."""

    name: Name
    role: Role = Field(description="May be empty.")


class TemplateContentIn(CamelSchema):
    """The content of a template; all of it is plain text."""

    model_config = example({"title": "Certificate of completion", "accentColor": "#1f5fbf"})

    title: Title = Field("", description="Empty: the usual words.")
    text: Text = Field(
        "", description="Between the student's name and the course; empty: the usual words."
    )
    signatories: Annotated[list[Signatory], Field(max_length=4)] = []
    accent_color: Color = "#1f5fbf"
    logo_file_id: Key | None = Field(None, description="A PNG or JPEG of at most 1 MB.")


class CertificateTemplateIn(TemplateContentIn):
    """A new template."""

    model_config = example({"name": "Safety courses", "title": "Safety certificate"})

    name: Name
    is_default: bool = False


class CertificateTemplateChange(ChangeSchema):
    """A template; only what is sent is changed, for certificates issued from now on."""

    model_config = example({"title": "Safety certificate", "isDefault": True})

    name: Name = ABSENT
    is_default: bool = ABSENT
    title: Title = ABSENT
    text: Text = ABSENT
    signatories: Annotated[list[Signatory], Field(max_length=4)] = ABSENT
    accent_color: Color = ABSENT
    logo_file_id: Key | None = ABSENT


class CertificateTemplateOut(CamelSchema):
    """A template with its newest content."""

    id: int
    name: str
    is_default: bool
    version: int
    title: str
    text: str
    signatories: list[Signatory]
    accent_color: str
    logo_file_id: int | None


class VerifiedCertificate(CamelSchema):
    """The facts of a certificate, for anybody who has its code."""

    state: CertificateState
    number: str
    student_name: str | None = Field(description="Null: the person's data was erased.")
    course_title: str = Field(description="Or the learning path's.")
    issuer: str = Field(description="The name of the school or university.")
    completed_at: datetime | None
    issued_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    revocation_reason: str
