"""The indicators service: how much — technical sheets, targets, measurements, scores."""
