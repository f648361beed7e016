"""Scenario files: a partner's story in TOML, run against the real engine, each step with what is expected."""
