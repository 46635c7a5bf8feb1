"""What the platform runs on: embedded engines, deployment files."""
