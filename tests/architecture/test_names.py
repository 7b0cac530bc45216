"""A text that somebody types has something to see in it, or is none; a new one is found here."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Annotated, Any, get_args

from ninja import Router
from pydantic import BaseModel, TypeAdapter, ValidationError

from optilearn.config.api import api

UNSEEN = "\u200b\u2060\ufeff"
FREE = {
    "AssignmentChange.instructions": "HTML, sanitized",
    "AssignmentIn.instructions": "HTML, sanitized",
    "SubmissionIn.text": "HTML, sanitized",
    "AnswerIn.value": "an answer, stored as it was given",
    "BulkIn.csv": "a file",
    "BulkIn.text": "a list; its lines are read by rules of their own",
    "CaptionIn.text": "a file",
    "CellIn.entity": "a key of the catalog, looked up",
    "CellIn.measure": "a key of the catalog, looked up",
    "CellIn.row": "values of a report, looked up",
    "ConditionIn.value": "a value of a report, looked up",
    "CourseChange.description": "HTML, sanitized",
    "CourseIn.description": "HTML, sanitized",
    "CrossFilterIn.value": "a value of a report, looked up",
    "DateRangeIn.value": "a value of a report, looked up",
    "DiffQuestion.after": "a snapshot's id, looked up",
    "DiffQuestion.before": "a snapshot's id, looked up",
    "EraseIn.confirm": "compared with a code",
    "ExportJobIn.dashboard": "a key or an id, looked up",
    "GradeFileIn.apply_token": "a preview's token, compared",
    "GradeFileIn.csv": "a file",
    "InstitutionChange.time_zone": "one of the book of zones",
    "KeyChange.key": "one of the registry",
    "LessonChange.content": "HTML, sanitized",
    "LessonIn.content": "HTML, sanitized",
    "ModuleChange.description": "HTML, sanitized",
    "ModuleIn.description": "HTML, sanitized",
    "OverrideIn.section_id": "OptiCRM's, looked up",
    "QuizRegradeIn.apply_token": "a preview's token, compared",
    "SqlIn.as_of": "looked up",
    "SqlIn.sql": "parsed",
    "SqlOptions.as_of": "looked up",
    "QuestionImportIn.base64": "a file",
    "QuestionImportIn.text": "a file",
    "TokenIn.scopes": "of a list",
    "UploadIn.content_type": "of a list",
    "UploadIn.filename": "cleaned by files.naming.clean_name, which refuses it",
}


def routers(found: list[tuple[Any, ...]]) -> Iterator[Router]:
    for _prefix, router, *_more in found:
        yield router
        yield from routers(router._routers)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def bodies() -> set[type[BaseModel]]:
    """What requests consist of, at any depth."""
    waiting = [
        model
        for router in routers(api._routers)
        for view in router.path_operations.values()
        for operation in view.operations
        for model in operation.models
        if model.__ninja_param_source__ == "body"
    ]
    found: set[type[BaseModel]] = set()
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            for field in model.model_fields.values():
                waiting += models_in(field.annotation)
    return found


def passes(annotation: Any, value: Any) -> bool:
    """Whether what nobody sees is taken as a text."""
    try:
        taken = TypeAdapter(annotation).validate_python(value)
    except ValidationError:
        return False
    return bool(taken == value)


def test_what_nobody_sees_is_no_text_that_is_typed() -> None:
    models = bodies()
    assert len(models) > 60
    blind = set()
    for model in models:
        for name, field in model.model_fields.items():
            annotation: Any = field.annotation
            for part in field.metadata:
                annotation = Annotated[annotation, part]
            if passes(annotation, UNSEEN) or passes(annotation, [UNSEEN]):
                blind.add(f"{model.__name__}.{name}")
    assert blind == set(FREE), "Use a type of core.text, or say here what the text is."
