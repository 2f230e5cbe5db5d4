"""What you may do: roles, grants per dependencia with dates, and the access they add up to."""
