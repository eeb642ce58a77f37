"""The faults of tests/vectors/picture/picture.faults.json as pieces of our source."""

from tests.planting import Piece

DRAWING, EDITS, READING, RESERVED = "picture.drawing", "picture.edits", "picture.reading", "picture.reserved"
OUTCOMES, DELETING = "picture.outcomes", "picture.deleting"
WAITING, POLICIES, DECIDING = "picture.waiting", "forms.policies", "forms.records.deciding"

PLANTED: dict[str, Piece] = {
    "text is compared as it is spelt, not in NFC": Piece(
        "forms.answers", 'return _quoted(unicodedata.normalize("NFC", value))', "return _quoted(value)"
    ),
    "numbers are compared as they are spelt": Piece(
        "forms.answers", "return str(int(value)) if value.is_integer() else", "return"
    ),
    "true is the number 1": Piece(
        "forms.answers", "return json.dumps(value)\n", "return json.dumps(int(value) if value else value)\n"
    ),
    "replaced answers survive": Piece(
        POLICIES, "reversed(_places(among & ~known or among))", "reversed(_places(among))"
    ),
    "the oldest survivor is shown": Piece(
        POLICIES, "in reversed(_places(among & ~known or among))", "in _places(among & ~known or among)"
    ),
    "`latest` asks a person": Piece(POLICIES, '"latest": _latest', '"latest": _ask'),
    "`first-listed` shows the winner": Piece(
        POLICIES, "min(alive, key=lambda edit: standing(edit.value, choices)))", "alive[0])"
    ),
    "an unknown code stands first": Piece(
        POLICIES, "places.get(canonical(value), (last, 0))", "places.get(canonical(value), (-1, 0))"
    ),
    "codes are found as they are spelt, not in NFC": Piece(
        POLICIES,
        "places.get(canonical(value), (last, 0))",
        "{k.decode(): v for k, v in places.items()}.get(f'\"{value}\"', (last, 0))",
    ),
    "`union` has no base": Piece(
        POLICIES, "among = history.seen_by_every_survivor(among) if len(levels[-1]) > 1 else 0", "among = 0"
    ),
    "`append` keeps the survivors alone": Piece(
        POLICIES, '"append", parts=_parts(history.edits))', '"append", parts=_parts(alive))'
    ),
    "`append` keeps equal texts of one time": Piece(
        POLICIES,
        "key = (edit.author, edit.at_ms, canonical(edit.value))",
        "key = (edit.hash, edit.at_ms, canonical(edit.value))",
    ),
    "what follows with another policy is not asked": Piece(
        DRAWING, "if outcome.conflict and", "if outcome.conflict and policy == DEFAULT and"
    ),
    "conflicts of removed items are asked": Piece(
        DRAWING, "if outcome.conflict and paths.item_of(path) not in gone:", "if outcome.conflict:"
    ),
    "the shown answer of a conflict does not come first": Piece(
        DRAWING, "[named[hash_] for hash_ in outcome.asked]", "[named[hash_] for hash_ in sorted(outcome.asked)]"
    ),
    "a conflict's id is made of the shown answer alone": Piece(
        DRAWING, "reading.touch(path), outcome.asked)", "reading.touch(path), outcome.asked[:1])"
    ),
    "entries in holes are known like any other": Piece(
        EDITS, "lost = BeyondReach(around.facts)\n    names", "lost = __import__('sync.merge').merge.REACHED\n    names"
    ),
    "an entry knows all that the clock puts before it": Piece(
        EDITS, "if context.knows(d, s, h, lost))", "if h != entry.arrival.hash and s <= entry.arrival.header.seq)"
    ),
    "the stamp does not bound the clock": Piece(
        READING,
        "return effective(header.clock, self.arrival.received), header.device, header.seq",
        "return header.clock, header.device, header.seq",
    ),
    "a time is shown that is after its receipt": Piece(
        READING,
        "return wall_ms(effective(self.arrival.header.clock, self.arrival.received))",
        "return wall_ms(self.arrival.header.clock)",
    ),
    "a clock that ran ahead is not noted": Piece(EDITS, "if is_off(header.clock, received):", "if False:"),
    "a clock is noted at five minutes": Piece(
        "sync.clock",
        "return wall_ms(clock) > received_ms + DRIFT_MS_MAX",
        "return wall_ms(clock) >= received_ms + DRIFT_MS_MAX",
    ),
    "words after a withdrawal are not noted": Piece(
        EDITS, "if withdrawn_ms is not None and received > withdrawn_ms:", "if False:"
    ),
    "words that came with the withdrawal are noted": Piece(
        EDITS, "received > withdrawn_ms:", "received >= withdrawn_ms:"
    ),
    "an assignment does not end a withdrawal": Piece(
        "sync.factbook",
        "if worker is None or self.delivers(record, worker):",
        "if worker is None or not self.decided_at(record, worker):",
    ),
    "what is no answer is not noted": Piece(
        EDITS, 'notes.append(Attention(code, entry.arrival.hash.hex(), {"path": path[:PATH_SHOWN_MAX]}))', "continue"
    ),
    "a path that is none is noted in full": Piece(EDITS, "path[:PATH_SHOWN_MAX]", "path"),
    "an answer that never leaves a device is shown": Piece(EDITS, "if local and (", "if False and ("),
    "an answer that never leaves a device is left out without a word": Piece(
        EDITS, 'notes.append(Attention("local-only", at, {}))', "pass"
    ),
    "held entries are not noted": Piece(
        DRAWING, "for hash_, device, reason in reading.held if reason != REVOKED)", "for hash_, device, reason in ())"
    ),
    "words of an ended device are noted and not only listed": Piece(
        DRAWING, "in reading.held if reason != REVOKED)", "in reading.held)"
    ),
    "entries without a body are not noted": Piece(
        DRAWING, "for hash_, device in reading.bodiless),", "for hash_, device in ()),"
    ),
    "failed entries are not noted": Piece(DRAWING, "for failed in reading.failed),", "for failed in ()),"),
    "a record that nobody can open looks empty": Piece(
        DRAWING, "if reading.touch is None and len(reading.state.groups):", "if False:"
    ),
    "a record of held entries alone says that it has no key": Piece(
        DRAWING, "if reading.touch is None and len(reading.state.groups):", "if True:"
    ),
    "notes are repeated": Piece(
        DRAWING,
        "return tuple(unique[name] for name in sorted(unique))",
        "return tuple(sorted(notes, key=lambda n: (n.kind, n.name, answers.canonical(n.facts))))",
    ),
    "nothing moves to the newest version": Piece(
        EDITS, "moves = form is not None and form.slug == entry.form", "moves = False"
    ),
    "answers of another form are moved": Piece(
        EDITS,
        "moves = form is not None and form.slug == entry.form\n    mover = sheets.mover(entry.form,",
        "moves = form is not None\n    mover = sheets.mover(form.slug if form is not None else '',",
    ),
    "values do not move": Piece(
        EDITS, "found.append((at, value if mover is None else mover.value(path, value)))", "found.append((at, value))"
    ),
    "a record is judged by the newest version": Piece(
        DRAWING, "judged = look if own is sheet else", "judged = look if own is not None else"
    ),
    "a record is shown in the columns of its own version": Piece(
        DRAWING,
        "columns = sheets.sheet(slug, version), max(version, sheets.newest(slug))",
        "columns = sheets.sheet(slug, version), version",
    ),
    "the last entry decides the version": Piece(
        DRAWING, "key=lambda entry: (entry.version, entry.order)", "key=lambda entry: entry.order"
    ),
    "an earlier answer is said to be asked": Piece(
        DRAWING, "in_form = leaf is not None or (sheet is not None and sheet.form.has(path))", "in_form = True"
    ),
    "an unknown form is not noted": Piece(
        DRAWING, 'notes.append(Attention("unknown-form", "", {"form": slug, "version": version}))', "pass"
    ),
    "a version that is not known has no columns": Piece(DRAWING, "columns = sheets.newest(slug)\n", "columns = 0\n"),
    "a version is as great as its author says": Piece(
        DRAWING, "version=min(max(version, 0), VERSION_MAX)", "version=version"
    ),
    "an item without answers is not shown": Piece(
        DRAWING, "fitting |= {path: {} for path in edits if paths.is_item(path) and sheet.form.has(path)}", "pass"
    ),
    "a removal hides an item whatever else was written": Piece(
        "forms.records.items", "return CONTESTED if unseen or len(removals) < len(alive) else HIDDEN", "return HIDDEN"
    ),
    "an item that was put back in parallel is hidden": Piece(
        "forms.records.items", "if unseen or len(removals) < len(alive) else", "if unseen else"
    ),
    "an item that was ever removed is hidden": Piece(
        "forms.records.items", "alive = survivors(item)\n", "alive = tuple(item)\n"
    ),
    "each removal by itself must know all": Piece(
        "forms.records.items",
        "seen = frozenset[bytes]().union(*(removal.knows | {removal.hash} for removal in removals))",
        "seen = removals[0].knows | {removals[0].hash}",
    ),
    "a contested item is not listed": Piece(
        DRAWING, "waits = [waiting.of_item(where, path, edits) for path in contested]", "waits = []"
    ),
    "answers of a removed item are listed by nobody": Piece(
        DECIDING, "if not (left_out(path, hidden) or item in removed) or", "if not left_out(path, hidden) or"
    ),
    "answers of a removed item are shown": Piece(DRAWING, "if paths.item_of(path) not in gone} if gone", "} if gone"),
    "of an unknown form a removed item is not listed": Piece(
        DRAWING, "if len(shown) == len(decided):", "if sheet is None or len(shown) == len(decided):"
    ),
    "a hidden answer is shown": Piece(DRAWING, "if unseen:", "if False:"),
    "what was hidden unread waits for nobody": Piece(
        DECIDING,
        "return HiddenAnswer(path, bool(apart), tuple(by), hashes)",
        "return HiddenAnswer(path, False, tuple(by), hashes)",
    ),
    "what is computed decides about nothing": Piece(DECIDING, "return [] if step is None else [step]", "return []"),
    "who knew whom is not looked at where each path was edited once": Piece(
        DRAWING, "edits = with_knowing(edits, reading, around)\n    listed", "listed"
    ),
    "the less protective class comes first": Piece(
        DECIDING, "return tuple(-ord(sign) for sign in name)", "return tuple(ord(sign) for sign in name)"
    ),
    "no answer to a hidden question is listed": Piece(
        DECIDING,
        "or not _is_answered(own):\n            continue\n        alive = survivors(own)\n        if len(own) > 1 and ",
        "or False:\n            continue\n        alive = survivors(own)\n        if False and ",
    ),
    "today is the date in Greenwich": Piece(
        READING, "min(ms, LAST_MS) / 1000, AMSTERDAM)", "min(ms, LAST_MS) / 1000, ZoneInfo('UTC'))"
    ),
    "today is the date of the first entry": Piece(
        DRAWING, "today = today_at(max((entry.at_ms", "today = today_at(min((entry.at_ms"
    ),
    "a delete that had not read all deletes": Piece(
        "sync.merge",
        "deleted = not unseen and len(deletes) == len(state.removals)",
        "deleted = len(deletes) == len(state.removals)",
    ),
    "a delete wins over a restore in parallel": Piece(
        "sync.merge", "deleted = not unseen and len(deletes) == len(state.removals)", "deleted = not unseen"
    ),
    "each delete by itself must know all": Piece(
        "sync.merge",
        "not any(d.context.knows(dot.device, dot.seq, dot.hash, lost) for d in deletes)",
        "not all(d.context.knows(dot.device, dot.seq, dot.hash, lost) for d in deletes)",
    ),
    "a contested delete is not listed": Piece(DRAWING, "if stands.contested or proposed:", "if False:"),
    "who decides about a delete has read the survivors alone": Piece(
        WAITING, "(entry.arrival.hash for entry in opened), ())", "(opened[-1].arrival.hash,), ())"
    ),
    "an entry that does not count waits though it was written anew": Piece(
        WAITING,
        "return sorted((aside for aside in asides if aside.arrival.hash not in taken), key=_order)",
        "return sorted(asides, key=_order)",
    ),
    "whoever names an entry settles it": Piece(
        WAITING, "and around.takes_in(entry.arrival.header.device, by_hash[source])", "and True"
    ),
    "the successor settles nothing": Piece(
        READING,
        "return self.is_office(device) or (self.facts.certified(device) and self.facts.predecessor(device) == old)",
        "return self.is_office(device)",
    ),
    "what was taken in is shown as the office's": Piece(
        EDITS,
        "if source is not None and around.takes_in(entry.arrival.header.device, source.arrival.header.device):",
        "if False:",
    ),
    "a fork is named after a revocation": Piece(WAITING, "HELD if aside.reason == REVOKED else FORKED", "HELD"),
    "an entry that does not open says that it does": Piece(
        WAITING, '"opens": aside.answers is not None', '"opens": True'
    ),
    "a decision's id is made without what was shown": Piece(
        WAITING, "self.record, kind, name, hashes)", "self.record, kind, name, ())"
    ),
    "an edit in parallel with a review is covered by it": Piece(
        RESERVED,
        "edit.hash not in author.knows for edit in survivors(own))",
        "edit.order > author.order for edit in survivors(own))",
    ),
    "the reviewer's own edits are changes": Piece(
        RESERVED, "edit.hash != author.hash and edit.hash not in author.knows", "edit.hash not in author.knows"
    ),
    "a question is a change of the record": Piece(
        RESERVED,
        "if not is_decision(path) and _unread(own, author))",
        "if path != REVIEW and _unread(own, author))",
    ),
    "a review that was taken back stands": Piece(
        RESERVED, "if shown is None or shown.value is None:", "if shown is None:"
    ),
    "a question is open when its last text is the office's": Piece(
        RESERVED,
        "for edit in survivors(own))\n\n\ndef comments_of",
        "for edit in [max(own, key=lambda edit: edit.order)])\n\n\ndef comments_of",
    ),
    "a question that was taken back is open": Piece(
        RESERVED, "return any(edit.value is not None and edit.hash in office", "return any(edit.hash in office"
    ),
    "anybody's question is open": Piece(RESERVED, "if around.is_office(author):", "if True:"),
    "what the office took in is the office's": Piece(
        RESERVED,
        "author = header.device if source is None or not around.takes_in(header.device, source) else source",
        "author = header.device",
    ),
    "comments are open": Piece(RESERVED, "Thread(path, False,", "Thread(path, True,"),
    "what a worker decided is the office's": Piece(OUTCOMES, "or alive[0].hash not in office", ""),
    "equal answers were a conflict": Piece(
        OUTCOMES, "len({canonical(edit.value) for edit in before}) > 1", "len(before) > 1"
    ),
    "what nobody is asked has an outcome": Piece(OUTCOMES, "form.policy(path) in (None, *ASKING)", "True"),
    "what was undone was never decided": Piece(
        OUTCOMES, "while len(before) == 1 and before[0].hash in office", "while False"
    ),
    "no outcome has a reason": Piece(OUTCOMES, 'reasons.get(entry, "")', '""'),
    "reserved paths are answers": Piece(
        DRAWING,
        "shown = {path: answer for path, answer in look.shown.items() if path not in reserved} if reserved else",
        "shown =",
    ),
    "the order of items is not heeded": Piece(
        "forms.answers", 'ordered(ids, values.get(f"{at}/{paths.ORDER}"))', "sorted(ids)"
    ),
    "a record in which its worker wrote is still begun": Piece(
        RESERVED, "len(office_of(reading, around)) == len(reading.opened)", "bool(office_of(reading, around))"
    ),
    "a record that the office began waits for the office": Piece(DRAWING, "begun=is_begun(reading, around),", ""),
    "a record without an entry is begun": Piece(RESERVED, "bool(reading.opened) and len(", "len("),
    "a worker deletes a record with an answer of the gravest class alone": Piece(
        DRAWING, "proposed = stands.deleted and is_proposed(reading, around, sheet, look.edits)", "proposed = False"
    ),
    "what the office deletes is a proposal": Piece(
        DELETING, "if all(removal.hash in office for removal in reading.state.removals):", "if False:"
    ),
    "one delete of the office is enough beside another": Piece(DELETING, "if all(removal.hash", "if any(removal.hash"),
    "the least protective answer is grave": Piece(DELETING, " and not _is_least(question, edit)", ""),
    "only answers that are shown are grave": Piece(DELETING, "for edit in own:", "for edit in own[-1:]:"),
    "what no version asks is not grave": Piece(
        DELETING, "if question is None or (question.sensitivity", "if question is not None and (question.sensitivity"
    ),
    "a remark is grave": Piece(DELETING, " if MARK not in path)", ")"),
    "no answer and an item are grave": Piece(
        DELETING, "if edit.value is None or isinstance(edit.value, Mapping):", "if False:"
    ),
    "an earlier answer is grave": Piece(DELETING, "asked = given[edit.hash] if here is None else None", "asked = None"),
    "a proposal does not say that it is one": Piece(WAITING, '{"proposed": True} if proposed else {}', "{}"),
}
