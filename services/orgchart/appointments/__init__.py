"""Appointments: who holds, acts in, or substitutes in a post, on which days and by which document."""
