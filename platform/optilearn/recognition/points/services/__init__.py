"""Writes of points, badges, and who is on leaderboards."""

from optilearn.recognition.points.services.badges import add_badge, update_badge
from optilearn.recognition.points.services.earning import earn_in_the_past
from optilearn.recognition.points.services.settings import set_points, set_visibility

__all__ = ["add_badge", "earn_in_the_past", "set_points", "set_visibility", "update_badge"]
