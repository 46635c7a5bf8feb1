"""Strategies written for other libraries, with their import line changed."""
