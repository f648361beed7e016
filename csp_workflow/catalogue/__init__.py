"""Definitions: a folder of TOML becomes a Programme, or is refused with file and key."""

from csp_workflow.catalogue.loader import load, packaged
from csp_workflow.catalogue.policy_checks import check_policies

__all__ = ["check_policies", "load", "packaged"]
