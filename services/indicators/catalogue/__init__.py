"""Technical sheets, and which dependencia answers for which under which plan."""
