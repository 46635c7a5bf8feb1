"""Tell the gateway, within a second, which outstanding credentials are void or changed."""
