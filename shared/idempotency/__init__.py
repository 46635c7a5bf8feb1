"""Requests that may be sent twice and count once (``Idempotency-Key``).

A request with a key first claims it, in a transaction of its own. Every transaction that then does
the request's work confirms the claim before it commits, so that the work and its key are committed
together, or neither is. The answer is kept before it is sent, and replayed to whoever sends the
same request again; if the process died between work and answer, they learn that the work was done.
"""
