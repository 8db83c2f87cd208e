"""Find earlier doses that a later dose contradicts: DIVOC's rule, without its defects."""

from collections.abc import Sequence

from mohar.domain.reconciling import Comparison, Earlier
from mohar.domain.record import Record
from mohar.plugin import hookimpl
from mohar_reconcile_doses.compare import compared


@hookimpl
def mohar_reconcile(
    records: Sequence[Record], earlier: Sequence[Sequence[Earlier]]
) -> Sequence[Sequence[Comparison]]:
    """Compare the earlier doses that each record names with those that were issued."""
    return [compared(record, before) for record, before in zip(records, earlier, strict=True)]
