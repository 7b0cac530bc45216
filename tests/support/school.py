"""The made-up school, made once for all tests that read it."""

from __future__ import annotations

from functools import cache

from optilearn.demo.springdale import School, make_school


@cache
def school() -> School:
    """What ``make_school()`` returns; nobody changes it. That it is always the same is tested."""
    return make_school()
