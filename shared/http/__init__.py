"""How a service speaks HTTP: its app, its problems, its pages, its access marks, its client."""
