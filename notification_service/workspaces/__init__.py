"""A workspace as a whole: erase it, hand its things over."""
