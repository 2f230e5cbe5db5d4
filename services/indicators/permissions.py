"""Permissions this service checks. What role holds them is the gateway's matter."""

from services.kit.access import Caller

INDICATOR_READ = "indicator:read"
INDICATOR_WRITE = "indicator:write"
ASSIGNMENT_READ = "assignment:read"
TARGET_WRITE = "target:write"
MEASUREMENT_READ = "measurement:read"
MEASUREMENT_SUBMIT = "measurement:submit"
MEASUREMENT_APPROVE = "measurement:approve"
MEASUREMENT_RETURN = "measurement:return"
CALENDAR_READ = "calendar:read"
CALENDAR_WRITE = "calendar:write"
LOCK_EXCEPTION_WRITE = "lock-exception:write"
POLICY_READ = "policy:read"
POLICY_WRITE = "policy:write"
INTERNAL_READ = "internal:read"


def reading_as(caller: Caller, permission: str) -> str:
    """The permission a reading is judged by: the other services read as themselves, by internal:read alone."""
    return permission if caller.may(permission) else INTERNAL_READ
