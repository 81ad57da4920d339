"""What runs by itself: the worker, the scheduler and their errands."""
