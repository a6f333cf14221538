"""The letters about a questionnaire and what staff decided: who gets each, and when."""
