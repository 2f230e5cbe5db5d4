"""Building blocks every service and the gateway share. They know nothing of plans or indicators."""
