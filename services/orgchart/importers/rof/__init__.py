"""The reader of the codified regulation (Reglamento Orgánico Funcional): text in, dated facts out.

`parse(text)` is the whole interface. It does no I/O, needs no database and guesses nothing: what it cannot
place it reports as a finding with the line of the source.
"""

from services.orgchart.importers.rof.codification import parse
from services.orgchart.importers.rof.model import Codification, Finding

__all__ = ["Codification", "Finding", "parse"]
