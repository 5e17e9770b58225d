"""Conditions in SQL for each kind of matching, one file for each kind of value."""

from __future__ import annotations

from isocenter.index.match.moment import match_date, match_date_time, match_time
from isocenter.index.match.person_name import match_person_name
from isocenter.index.match.text import match_text

__all__ = ["match_date", "match_date_time", "match_person_name", "match_text", "match_time"]
