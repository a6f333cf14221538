"""Whether all is well: alarms, the morning digest, the nightly look, the clock, what watchmen and meters ask."""
