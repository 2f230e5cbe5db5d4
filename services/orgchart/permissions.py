"""Permissions this service checks. Which roles hold them is the gateway's business."""

# The organisation is published law: every signed-in subject reads all of it.
ORGANISATION_READ = "organisation:read"
REGULATION_IMPORT = "regulation:import"
REORGANIZATION_APPLY = "reorganization:apply"
PERSON_READ = "person:read"
PERSON_WRITE = "person:write"
APPOINTMENT_READ = "appointment:read"
INTERNAL_READ = "internal:read"
APPOINTMENT_PUSH = "appointment:push"
