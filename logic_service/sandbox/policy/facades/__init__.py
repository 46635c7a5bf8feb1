"""Frozen modules that hold an allow-list of names. No raw module is ever handed out."""
