"""Definitions: a folder of TOML becomes a Programme, or is refused with file and key."""

from csp_workflow.catalogue.loader import load, packaged

__all__ = ["load", "packaged"]
