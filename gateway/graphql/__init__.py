"""``/graphql``: the same resources as REST, read through the services' typed clients."""
