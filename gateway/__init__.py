"""The public door: REST, GraphQL, WebSocket and rate limits. Owns no tables."""
