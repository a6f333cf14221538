"""Speed, measured: each hot step beside the least work that it needs. See docs/performance.md; make bench runs it."""
