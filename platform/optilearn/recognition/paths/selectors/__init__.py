"""Reads of learning paths."""

from optilearn.recognition.paths.selectors.members import path_members
from optilearn.recognition.paths.selectors.paths import learning_path, learning_paths

__all__ = ["learning_path", "learning_paths", "path_members"]
