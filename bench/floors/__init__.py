"""Floors: the least work that each step needs, without the project. Each module runs in a process of its own."""
