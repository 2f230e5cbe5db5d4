"""The trail of everybody: the gateway's own chain beside the services'."""
