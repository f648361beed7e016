"""Memory: the tables, one transaction at a time, and the engine behind them."""
