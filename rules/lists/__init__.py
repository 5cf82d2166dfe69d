"""Data that the fields lean on: nicknames, legal forms, role mailboxes and the like, each with its source."""
