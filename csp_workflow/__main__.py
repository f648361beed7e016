"""What `csp-workflow` and `python -m csp_workflow` run."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the console; `--version` alone is answered before anything is imported that takes time."""
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


if __name__ == "__main__":
    main()
