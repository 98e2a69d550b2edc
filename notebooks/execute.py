"""Runs notebooks in the kernel named patchcast: execute.py DIRECTORY NOTEBOOK…

Each notebook is written to DIRECTORY as it was executed, as .ipynb and as .html, also when a cell failed.
The start of the kernel is tried several times, since the kernel may miss the message that it is waited for
with (see io.patchcast.notebook.Kernel); a cell is run once. Exit status: 0, or 1 if a cell failed, the kernel died or never came up.
"""

import pathlib
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError, CellTimeoutError
from nbconvert import HTMLExporter

KERNEL = "patchcast"
STARTS = 8
START_SECONDS = 20
CELL_SECONDS = 300


class Run:
    """One notebook on its way through the kernel."""

    def __init__(self, path):
        self.path = path
        self.notebook = nbformat.read(path, as_version=4)
        self.kernel_is_up = False

    def _up(self, notebook):
        self.kernel_is_up = True

    def execute(self):
        """Runs the cells once; tries again only while there is no kernel to run them in."""
        client = NotebookClient(
            self.notebook,
            kernel_name=KERNEL,
            startup_timeout=START_SECONDS,
            timeout=CELL_SECONDS,
            resources={"metadata": {"path": str(self.path.parent)}},
            on_notebook_start=self._up,
            record_timing=False,
        )
        for start in range(1, STARTS + 1):
            try:
                client.execute()
                return
            except RuntimeError:
                if self.kernel_is_up or start == STARTS:
                    raise
                print(f"{self.path.name}: the kernel did not start, trying again", file=sys.stderr)

    def write(self, directory):
        """Writes what came; a notebook that never ran is written as it was."""
        executed = directory / self.path.name
        nbformat.write(self.notebook, executed)
        html, _ = HTMLExporter().from_notebook_node(self.notebook, {"metadata": {"name": self.path.stem}})
        executed.with_suffix(".html").write_text(html, encoding="utf-8")
        return executed


def main(directory, paths):
    directory.mkdir(parents=True, exist_ok=True)
    failed = False
    for path in paths:
        run = Run(path)
        error = None
        try:
            run.execute()
        except (RuntimeError, CellControlSignal, CellExecutionError, CellTimeoutError) as e:
            error = e
            failed = True
        executed = run.write(directory)
        cells = sum(cell.cell_type == "code" for cell in run.notebook.cells)
        print(f"{path.name}: failed\n{error}" if error else f"{path.name}: {cells} code cells passed, see {executed}")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]), [pathlib.Path(path).resolve() for path in sys.argv[2:]]))
