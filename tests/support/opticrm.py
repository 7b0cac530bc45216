"""The twins' OptiCRM: the small server of the demonstration, with the twins' people in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from optilearn.demo.opticrm import CrmSchool, OptiCrmServer
from optilearn.demo.opticrm.server import API_KEY
from tests.support.twins import Twin

SECTIONS = {"lena": "6A", "मीरा": "6A", "sven": "7A"}
CLASSES = {"6": ("6A", "6B"), "7": ("7A",)}


def school_of(twin: Twin) -> CrmSchool:
    """What the twin's OptiCRM knows. Pia is Lena's mother; ids are the same in both."""
    school = CrmSchool(twin.institution.crm_id)
    school.classes = [
        {
            "id": f"class-{name}",
            "name": f"Class {name}",
            "sections": [{"id": f"section-{part}", "name": part[-1]} for part in sections],
        }
        for name, sections in CLASSES.items()
    ]
    for name, person in twin.people.items():
        told: dict[str, Any] = {"name": person.name, "email": f"{person.code}@{twin.institution}"}
        if person.kind == "USER":
            school.users[person.crm_id] = told | {"role": person.role}
        elif person.kind == "PARENT":
            school.parents[person.crm_id] = told
        else:
            school.students[person.crm_id] = told | {
                "sectionId": f"section-{SECTIONS.get(name, '6B')}",
                "admissionNumber": person.code,
            }
    school.children = {"crm-pia": ["crm-lena"]}
    return school


@contextmanager
def opticrm_of(*twins: Twin) -> Iterator[OptiCrmServer]:
    """A server for these institutions, and the product's settings pointing to it."""
    from django.test import override_settings

    from optilearn.crm.client import _client, opticrm

    schools = {twin.institution.slug: school_of(twin) for twin in twins}
    with (
        OptiCrmServer(schools) as server,
        override_settings(
            OPTICRM_URL=server.url,
            OPTICRM_API_KEY=API_KEY,
            OPTICRM_CONNECT_SECONDS=5.0,  # a busy machine is not a server that is down
            OPTICRM_READ_SECONDS=5.0,
            OPTICRM_TOTAL_SECONDS=10.0,
        ),
    ):
        client = opticrm()
        try:
            yield server
        finally:
            client.close()
            _client.cache_clear()  # the next server may get the same port
