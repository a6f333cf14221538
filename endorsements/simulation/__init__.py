"""Federations of any size, invented to try how large a one this installation carries."""
