"""The language strategies are written in: ordinary Python, minus what reaches around the API.

The policy gives good errors and keeps honest users inside the API; it is not the wall.
"""

VERSION = "4"
