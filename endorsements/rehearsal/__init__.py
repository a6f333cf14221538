"""The dress rehearsal: begun, followed, wiped."""
