"""Cards over a subtree, kept ready by following the service's own feed; a read says how fresh its card is."""
