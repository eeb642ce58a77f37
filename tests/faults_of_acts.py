"""The faults of staff acts, enrolments and uploads, as pieces of our source."""

from typing import Final

from tests.planting import Piece

ACTING, ENROLLING, UPLOADING = "sync.acting", "sync.enrolling", "sync.uploading"
_AFTER: Final = "    return max(now_ms, world.book.decided_at(record, worker) + 1)\n"
_AT: Final = "at_ms = max((now_ms, *(one.at_ms + 1 for one in book.revocations_of(device))))"
_WITHDRAWN: Final = "_after_all(record, worker, now_ms, world)), copies=True)"
_KNOWN: Final = "    if not known:\n        return unknown(record)\n"

ACT_FAULTS: Final[dict[str, dict[str, Piece]]] = {
    "sync/acting": {
        "a server's clock decides which end comes first": Piece(ACTING, _AT, "at_ms = now_ms"),
        "an end that is signed again takes the time of the one before": Piece(ACTING, _AT, _AT.replace(" + 1", "")),
        "anybody is revoked": Piece(ACTING, "    if device not in book.certificates:\n", "    if False:\n"),
        "what others handed in is left": Piece(ACTING, "world.last_seq(device), held, last_seq)", "tail.seq, held, last_seq)"),
        "who was revoked ends later": Piece(ACTING, "where_it_ends(before, tail,", "where_it_ends(None, tail,"),
        "nobody says whether it was stolen": Piece(ACTING, "last.hash, int(stolen), at_ms)", "last.hash, 0, at_ms)"),
        "nothing is signed before an end": Piece(ACTING, "return Ended(Act(fact, copies=True), heirs)", "return Ended(Act(fact), heirs)"),
        "heirs are not named": Piece(ACTING, "return Ended(Act(fact, copies=True), heirs)", "return Ended(Act(fact, copies=True), ())"),
        "an heir that was revoked is named": Piece(ACTING, "if heir != device and not book.revoked(heir))", "if heir != device)"),
        "a device is its own heir": Piece(ACTING, "if heir != device and not book.revoked(heir))", "if not book.revoked(heir))"),
        "nothing is signed before a withdrawal": Piece(ACTING, _WITHDRAWN, _WITHDRAWN.replace(", copies=True", "")),
        "a server's clock decides what is withdrawn": Piece(ACTING, _AFTER, "    return now_ms\n"),
        "a withdrawal takes the time of the assignment": Piece(ACTING, _AFTER, _AFTER.replace(" + 1", "")),
        "what is not held is assigned": Piece(ACTING, _KNOWN + "    fact = Assignment", "    fact = Assignment"),
        "an assignment opens nothing": Piece(ACTING, "opens_to=tuple(one.device for one in world.book.devices_of(worker))", "opens_to=()"),
        "what is not held is erased": Piece(ACTING, _KNOWN + "    return Act(None if", "    return Act(None if"),
        "what was erased is erased anew": Piece(ACTING, "return Act(None if world.book.erased(record) else Erasure", "return Act(Erasure"),
        "what was never published is retired": Piece(ACTING, "    if newest == 0:\n", "    if False:\n"),
        "an entry is set aside by nobody's reason": Piece(ACTING, "SetAside(world.municipality, record, hash_, reason, None)", 'SetAside(world.municipality, record, hash_, "", None)'),
    },
    "sync/enrolling": {
        "an invitation holds for ever": Piece(ENROLLING, "    if now_ms > invitation.expires_ms:\n", "    if False:\n"),
        "it ends a millisecond early": Piece(ENROLLING, "if now_ms > invitation.expires_ms:", "if now_ms >= invitation.expires_ms:"),
        "an invitation enrols many devices": Piece(ENROLLING, "    if invitation.device in book.certificates and invitation.device != posted.device:\n", "    if False:\n"),
        "one that was not saved is used": Piece(ENROLLING, "if invitation.device in book.certificates and invitation.device != posted.device:", "if invitation.device and invitation.device != posted.device:"),
        "nobody vouches for the keys": Piece(ENROLLING, '    return None if posted.vouched else _refused("not-vouched")\n', "    return None\n"),
        "a revoked device is given its certificate again": Piece(ENROLLING, "if known is not None and not book.revoked(known.device):", "if known is not None:"),
        "an answer that was lost is lost": Piece(ENROLLING, "if known is not None and not book.revoked(known.device):", "if False:"),
        "any keys are certified": Piece(ENROLLING, "    if not posted.taken:\n", "    if False:\n"),
        "keys are enrolled twice": Piece(ENROLLING, "    if posted.device in book.certificates:\n", "    if False:\n"),
        "the old device lives on": Piece(ENROLLING, "Enrolment(certificate, ended.act)", "Enrolment(certificate)"),
        "the old device counts as stolen": Piece(ENROLLING, "now_ms, world, stolen=False)", "now_ms, world, stolen=True)"),
        "the heir does not say whom it succeeds": Piece(ENROLLING, "now_ms, until_ms, invited.replaces,", "now_ms, until_ms, None,"),
        "a revoked device has heirs": Piece(ENROLLING, "    if book.revoked(old):\n", "    if False:\n"),
        "anybody takes anybody's place": Piece(ENROLLING, "    if certificate.worker != invited.worker:\n", "    if False:\n"),
        "whoever takes a place has it for a year": Piece(ENROLLING, "until_ms = min(until_ms, old.until_ms)", "pass"),
        "a renewed certificate ends with the old one": Piece(ENROLLING, "if old is not None and not invited.renews:", "if old is not None:"),
        "an ended device has heirs": Piece(ENROLLING, "if not invited.renews and is_over(certificate, now_ms) else None", "if False else None"),
        "an ended certificate is never renewed": Piece(ENROLLING, "if not invited.renews and is_over(certificate, now_ms) else None", "if is_over(certificate, now_ms) else None"),
        "a certificate ends after a day": Piece(ENROLLING, "CERTIFICATE_MS: Final = 366 * 24", "CERTIFICATE_MS: Final = 24"),
        "what was assigned is not owed": Piece(ENROLLING, "records = set(book.records_assigned_to(worker))", "records: set[bytes] = set()"),
        "what was withdrawn is owed": Piece(ENROLLING, "if book.delivers(record, worker) and not book.erased(record)]", "if not book.erased(record)]"),
        "what was erased is owed": Piece(ENROLLING, "if book.delivers(record, worker) and not book.erased(record)]", "if book.delivers(record, worker)]"),
        "what a device has is its own": Piece(ENROLLING, "            records.update(held_by(other.device))\n", "            pass\n"),
    },
    "sync/uploading": {
        "anybody uploads": Piece(UPLOADING, 'return None if bringer.writes else Denial("no-access", {})', "return None"),
        "erased records take photos": Piece(UPLOADING, "    if bringer.erased:\n", "    if False:\n"),
        "what is not held is not looked at": Piece(UPLOADING, "    if not bringer.known:\n", "    if False:\n"),
        "a device that has ended is told of erasures": Piece(UPLOADING, "finishes = not bringer.erased and finishes_upload", "finishes = finishes_upload"),
        "a name serves two records": Piece(UPLOADING, "    if there.registered.record != stream.record:\n", "    if False:\n"),
        "a name serves two lengths": Piece(UPLOADING, "    if there.registered.length != stream.length:\n", "    if False:\n"),
        "a stream may be short": Piece(UPLOADING, "if not STREAM_BYTES_MIN <= stream.length <= STREAM_BYTES_MAX:", "if not stream.length <= STREAM_BYTES_MAX:"),
        "a stream may be long": Piece(UPLOADING, "if not STREAM_BYTES_MIN <= stream.length <= STREAM_BYTES_MAX:", "if not STREAM_BYTES_MIN <= stream.length:"),
        "open uploads are not counted": Piece(UPLOADING, "    if there.others >= OPEN_MAX:\n", "    if False:\n"),
        "one open upload fewer": Piece(UPLOADING, "if there.others >= OPEN_MAX:", "if there.others + 1 >= OPEN_MAX:"),
        "photos fill the disk": Piece(UPLOADING, "if there.free < stream.length + RESERVE_BYTES:", "if there.free < stream.length:"),
        "a row without a file is finished": Piece(UPLOADING, "return there.registered == (stream.record, stream.length) and there.in_place", "return there.registered == (stream.record, stream.length)"),
        "what goes on is counted anew": Piece(UPLOADING, "    if there.open:\n        return \"goes-on\"\n    if there.others >= OPEN_MAX:", "    if there.open and there.others < OPEN_MAX:\n        return \"goes-on\"\n    if there.others >= OPEN_MAX:"),
        "a thief fills the disk": Piece(UPLOADING, "if bringer.ended and not is_finished(stream, there) and there.brought > ENDED_BYTES_MAX:", "if False:"),
        "512 MiB are too many": Piece(UPLOADING, "there.brought > ENDED_BYTES_MAX:", "there.brought >= ENDED_BYTES_MAX:"),
        "what is finished is counted too": Piece(UPLOADING, "if bringer.ended and not is_finished(stream, there) and there.brought", "if bringer.ended and there.brought"),
        "who lives is bounded as who has ended": Piece(UPLOADING, "if bringer.ended and not is_finished(stream, there) and there.brought", "if not is_finished(stream, there) and there.brought"),
        "what nobody began is registered": Piece(UPLOADING, 'return None if there.open or there.in_place else Denial("upload-unknown", {})', "return None"),
        "nobody looks again when it is whole": Piece(UPLOADING, "against = against_bringing(bringer, stream.record) or _against_name(stream, there)", "against = _against_name(stream, there)"),
        "pieces overlap": Piece(UPLOADING, "if offset > held or offset < held < offset + size:", "if offset > held:"),
        "pieces leave a gap": Piece(UPLOADING, "if offset > held or offset < held < offset + size:", "if offset < held < offset + size:"),
        "a piece goes beyond the length": Piece(UPLOADING, "    if offset + size > length:\n", "    if False:\n"),
        "a part of what is held is no repetition": Piece(UPLOADING, "if offset + size <= held else", "if offset + size == held else"),
    },
}  # fmt: skip
