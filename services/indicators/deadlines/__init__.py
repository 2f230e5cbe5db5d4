"""Calendars: when each period of a plan opens, falls due and locks; exceptions to locks."""
