"""The locked process: everything here is the kernel's work, asked for in order."""
