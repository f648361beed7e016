"""Memory: the tables, one transaction at a time, the engine behind them, and the history of the schema."""
