"""Many partners and facts at once: CSV files that come in, CSV and JSON that go out."""
