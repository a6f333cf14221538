"""Faults, injected into real processes, and what must hold all the same (trust.md 5): python -m tests.faults."""
