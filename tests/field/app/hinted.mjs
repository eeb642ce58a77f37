/** What the hints say of texts: a JSON list on standard input, the groups that strike in each on standard output. */
import { readFileSync } from "node:fs";
import said from "../../../field/app/filling/hint_words.js";
import { groupsIn } from "../../../field/app/filling/hints.js";

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map((text) => groupsIn(text, said).map(({ group }) => group))));
