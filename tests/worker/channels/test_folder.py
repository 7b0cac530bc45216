"""E-mails in a folder: names that people find their message by."""

from __future__ import annotations

from pathlib import Path

from tests.worker.channels.mails import mail
from worker.channels.email.folder import Folder
from worker.channels.outcomes import Accepted


def test_names_tell_the_message_in_the_order_of_time(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "mail")
    for number in (2, 1):
        assert isinstance(folder.send(mail(number)), Accepted)
    first, second = sorted(path.name for path in (tmp_path / "mail").iterdir())
    assert " lena2@example.test New lesson- Fractions 2 " in first
    assert " lena1@example.test New lesson- Fractions 1 " in second


def test_a_repetition_replaces_its_file(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for text in ("once", "again"):
        folder.send(mail(text=text))
    folder.send(mail(2))
    assert len(list(tmp_path.iterdir())) == 2
    first = min(tmp_path.iterdir()).read_text(encoding="utf-8")
    assert "again" in first


def test_a_subject_may_be_anything(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for number, subject in enumerate(("../../etc/passwd", "कक्षा " * 60, "", "a\nb\x00", "*?")):
        assert isinstance(folder.send(mail(number, subject=subject)), Accepted)
    names = [path.name for path in tmp_path.iterdir()]
    assert len(names) == 5
    assert all(len(name.encode()) <= 255 for name in names)
