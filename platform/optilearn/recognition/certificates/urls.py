"""The page that verifies a certificate, which its QR code leads to."""

from __future__ import annotations

from django.urls import URLPattern, path

from optilearn.recognition.certificates.page import verification

urls: list[URLPattern] = [path("verify/<str:code>", verification)]
