"""Market data: imported bars, candles, immutable snapshots."""
