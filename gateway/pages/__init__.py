"""What the gateway answers itself: health, metrics, the API's description."""
