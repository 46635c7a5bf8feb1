"""What every public request passes through, in this order.

Route, credentials, rate limit, query, body, and then the service that answers.
"""
