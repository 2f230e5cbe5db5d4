"""What `make bench` runs: the product against the physical limit and against the textbook way, in the same rounds."""
