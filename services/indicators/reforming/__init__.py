"""Targets changed by reforms of plans: read from the plans service's feed, applied or refused, both readable."""
