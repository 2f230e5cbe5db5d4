"""What plans decide about targets and assignments: read from the plans service's feed, applied or refused."""
