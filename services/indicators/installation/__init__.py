"""What the default installation starts with: the institution's indicators, plans' targets, policies."""
