"""The data plane: from an authenticated request to the service that answers it, streaming both ways."""
