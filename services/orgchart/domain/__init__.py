"""Pure rules of the organisation: no I/O, no clock, no ORM."""
