/** Bytes to events. */
import type { LoadKind } from "../../Load.ts"
import type { Case } from "../Case.ts"
import { parseMessage, parseSample } from "../naive/Parse.ts"
import { assertSame } from "../Same.ts"
import { decode, plain } from "../Subject.ts"

export const decodeCase = (kind: LoadKind, values: ReadonlyArray<Buffer>): Case => {
  const naive = () => (kind === "chat" ? values.map(parseMessage) : values.map(parseSample))
  return {
    name: `decode, ${kind}`,
    unit: "event",
    count: values.length,
    ours: { name: "decode/Decoder", run: () => decode(kind, values) },
    naive: { name: "`JSON.parse` and a schema", run: naive },
    floor: {
      name: "`JSON.parse` alone, which makes no event",
      run: () => values.map((value): unknown => JSON.parse(value.toString()))
    },
    assertEqual: () => assertSame(decode(kind, values).map(plain), naive())
  }
}
