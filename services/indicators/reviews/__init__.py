"""Review: submit, return, approve — in bulk, with a result per cell. Who reports does not approve."""
