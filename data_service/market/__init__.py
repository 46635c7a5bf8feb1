"""Market data as charts want it: symbols and candles."""
