"""Partner, case, fact, policy, lifecycle, decision: frozen values that refuse to be wrong."""
