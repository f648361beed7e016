"""What `csp-workflow` and `python -m csp_workflow` run."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the console; `--version` alone is answered before anything is imported that takes time."""
    _give_streams()
    if sys.argv[1:] == ["--version"]:
        from csp_workflow import __version__

        sys.stdout.write(f"csp-workflow {__version__}\n")
        return
    try:
        from csp_workflow.console.program import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130  # as a shell reports it
    sys.exit(code)


def _give_streams() -> None:
    """Somewhere to write to, where the caller has closed standard output or error (`>&-`, some schedulers)."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - open to the end


if __name__ == "__main__":
    main()
