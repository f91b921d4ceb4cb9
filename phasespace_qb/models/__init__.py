"""What is simulated: operator algebra, open systems, drives, and the battery.  One file for each model."""
