/** Flags that commands share that list rows. */
import { Schema } from "effect"
import { Flag } from "effect/cli"

/** `what` names the rows in the flag's description. */
export const limitFlag = (what: string, most: number, standard: number) =>
  Flag.Int("limit").pipe(
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: most }))),
    Flag.withDescription(`The most ${what}, 1 to ${most}`),
    Flag.withDefault(standard)
  )

export const jsonLinesFlag = Flag.Boolean("json").pipe(
  Flag.withDescription("Print one JSON object per line"),
  Flag.withDefault(false)
)
