"""A unit's lines read into drafts: a state machine, a file per kind of list."""
