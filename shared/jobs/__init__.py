"""Background work. PostgreSQL holds the truth; arq only wakes workers up.

``UnitOfWork.enqueue`` writes a job row in the business transaction; after the commit a wake-up goes
to Redis. A worker claims the row under a lease, keeps the lease by a heartbeat, and is fenced out
if it loses it. A sweeper finds what no wake-up announced, so losing Redis loses time and nothing
else.
"""
