"""Taking most grants of a request before the rest of it, in transactions of their own.

A request may bring 256 grants, and each is journaled, signed too and counted: in one piece, everybody else would wait.
"""

from typing import Final

import msgspec

from backend.municipality.exchange import Exchange
from backend.municipality.turns import Purse
from backend.municipality.writer import Request, Writer
from backend.stores.group import Wanted
from sync.deciding import Prepared, Sifted, decide_grants
from sync.messages import SealedGrant

GRANTS_AT_ONCE: Final = 16  # in one transaction


async def grants_first(exchanges: Exchange, writer: Writer, prepared: Prepared, purse: Purse) -> Prepared:
    """Take the grants of a request but the last ones; returns the request with those that are left.

    What is refused is left too: the rest of the request may bring what it needs, and names it if not. A grant that is
    taken stays taken if the request ends here, and is passed over when it is sent again.
    """
    grants, left = prepared.request.grants, list[SealedGrant]()
    last = len(grants) - GRANTS_AT_ONCE
    if last <= 0:
        return prepared
    for start in range(0, last, GRANTS_AT_ONCE):
        piece = grants[start : min(start + GRANTS_AT_ONCE, last)]
        request = Request(
            Wanted(),
            lambda piece=piece: decide_grants(prepared, piece, exchanges),  # type: ignore[misc]
            lambda decided: _save(exchanges, prepared, decided),
            _refused,
        )
        refused = await writer.ask(request, purse)
        left += [one for one in piece if one.grant.sealed_hash in refused]
    return prepared._replace(request=msgspec.structs.replace(prepared.request, grants=(*left, *grants[last:])))


def _save(exchanges: Exchange, prepared: Prepared, decided: Sifted) -> Sifted:
    exchanges.take_grants(prepared, decided[0])
    return decided


def _refused(decided: Sifted) -> set[bytes]:
    return {one.sealed_hash for one in decided[1]}
