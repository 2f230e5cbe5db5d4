"""orgchart: who answers for what, on any date."""
