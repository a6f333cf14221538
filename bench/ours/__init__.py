"""What is measured of the project itself: each module runs in a process of its own, under production's settings."""
