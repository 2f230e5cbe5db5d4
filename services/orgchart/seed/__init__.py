"""The default installation's organisation, loaded into an empty database from data/orgchart."""
