"""How the edge reaches the services: a backend is an ASGI app and an OpenAPI document."""
