"""Facts that services tell each other, at least once and in order.

A producer writes them to its ``outbox`` in the business transaction. Consumers, which stand above
the producer, pull them by cursor through its client, and move their cursor in the transaction that
does the work. Redis only says that there is something to pull.
"""
