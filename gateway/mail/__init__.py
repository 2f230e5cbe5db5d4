"""Invitations by mail: composed, kept in an outbox, delivered when the mail server can be had."""
