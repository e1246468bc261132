/** The chat model's data, for the recount and for texts made of it. */
import { CHAT_WORDS } from "../../src/sentiment/lexicon/ChatWords.ts"
import { EMOJI } from "../../src/sentiment/lexicon/Emoji.ts"
import { EMOTES, SARCASM } from "../../src/sentiment/lexicon/Emotes.ts"
import { BEGINNINGS, ENDINGS, SIZES } from "../../src/sentiment/lexicon/Families.ts"
import { FOREIGN } from "../../src/sentiment/lexicon/Foreign.ts"
import { BOOSTERS, CONTRASTS, DAMPENERS, NEGATIONS } from "../../src/sentiment/lexicon/Modifiers.ts"
import { PHRASES } from "../../src/sentiment/lexicon/Phrases.ts"
import { REACTIONS } from "../../src/sentiment/lexicon/Reactions.ts"
import { VADER } from "../../src/sentiment/lexicon/Vader.ts"
import type { OracleTables } from "../oracle/ChatScore.ts"

export const TABLES: OracleTables = {
  emotes: EMOTES,
  emoji: EMOJI,
  words: [VADER, FOREIGN, CHAT_WORDS],
  phrases: PHRASES,
  beginnings: BEGINNINGS,
  endings: ENDINGS,
  sizes: SIZES,
  sarcasm: SARCASM,
  negations: NEGATIONS,
  boosters: BOOSTERS,
  dampeners: DAMPENERS,
  contrasts: CONTRASTS,
  reactions: REACTIONS
}

/** Names and words, separated by white space. */
export const list = (text: string): ReadonlyArray<string> => text.split(/\s+/).filter(Boolean)
