"""``/ws``: what happens, as it happens, numbered so that nothing is missed unnoticed."""
