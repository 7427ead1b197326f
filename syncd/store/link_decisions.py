"""What people said of suspected dependencies: the last word on each pair."""

from __future__ import annotations

from sqlalchemy import Connection, and_, delete, or_, select

from syncd.model.items import ItemKey
from syncd.model.links import LinkDecision
from syncd.store.columns import from_micros, to_micros
from syncd.store.schema import link_decisions


def decide(conn: Connection, decision: LinkDecision) -> None:
    """Keep it, in place of what was said of the two before, whichever way round."""
    one, other = str(decision.dependant), str(decision.prerequisite)
    after, before = link_decisions.c.dependant, link_decisions.c.prerequisite
    pair = or_(and_(after == one, before == other), and_(after == other, before == one))
    conn.execute(delete(link_decisions).where(pair))
    conn.execute(
        link_decisions.insert().values(
            dependant=one,
            prerequisite=other,
            accepted=decision.accepted,
            at=to_micros(decision.at),
            by=decision.by,
            reason=decision.reason,
        )
    )


def read(conn: Connection) -> tuple[LinkDecision, ...]:
    """Oldest first."""
    ordered = select(link_decisions).order_by(
        link_decisions.c.at, link_decisions.c.dependant, link_decisions.c.prerequisite
    )
    return tuple(
        LinkDecision(
            dependant=ItemKey.parse(row.dependant),
            prerequisite=ItemKey.parse(row.prerequisite),
            accepted=row.accepted,
            at=from_micros(row.at),
            by=row.by,
            reason=row.reason,
        )
        for row in conn.execute(ordered)
    )
