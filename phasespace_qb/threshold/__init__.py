"""What happens at a threshold: universal functions, data on them, where it is, and how slow the system is there."""
