"""The shell around the judge: load, decide, record, commit; the only part that asks the clock."""
