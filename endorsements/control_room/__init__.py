"""A round under way, as those who steer it see it: its stages, its numbers, what to look through before a step."""
