"""Writes of certificates."""

from optilearn.recognition.certificates.services.issuing import issue_by_hand, issue_in_the_past
from optilearn.recognition.certificates.services.revoking import reissue, revoke
from optilearn.recognition.certificates.services.settings import update_settings
from optilearn.recognition.certificates.services.templates import add_template, update_template

__all__ = [
    "add_template",
    "issue_by_hand",
    "issue_in_the_past",
    "reissue",
    "revoke",
    "update_settings",
    "update_template",
]
