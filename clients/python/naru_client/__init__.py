"""The Python client of Naru."""
