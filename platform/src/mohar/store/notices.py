"""The words of every notice that something rests on, for as long as anybody may ask for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from mohar.domain.consent import Notice
from mohar.store.notice_tables import notice
from mohar.store.unit import Section


class Notices(Section):
    """Notices by their versions. One that is there stays as it is."""

    def keep(self, shown: Notice | None) -> str:
        """Keep the words of a notice, and return its version; nothing and "" without one."""
        if shown is None:
            return ""
        row = {
            "version": shown.version,
            "text": shown.text,
            "first_shown_at": self._unit.clock(),
        }
        self._unit.insert_new(notice, [row], notice.c.version)
        return shown.version

    def texts(self, versions: Collection[str]) -> Mapping[str, str]:
        """Return the words of those versions that something rests on."""
        query = sa.select(notice.c.version, notice.c.text)
        found = self._unit.select_in(query, notice.c.version, sorted(set(versions)))
        return {row.version: row.text for row in found}
