"""What the tests of every service share: callers, calls in-process, the organisation's replica."""
