/**
 * How messages are compared, recounted from docs/SEMANTICS.md, "Words" and "Classes". A string here is one of bytes: each of its code units is
 * a byte, so that strings compare as bytes do.
 */

/** A message as it is compared. */
export interface Compared {
  /** Its compared form; empty if it has no words. */
  readonly text: string
  /** Its words, and the name of its class. */
  readonly words: ReadonlySet<string>
}

interface Class {
  /** What people do who write such a word. */
  readonly deed: string
  readonly words: string
}

const CLASSES: ReadonlyMap<string, Class> = new Map([
  [
    "LAUGHTER",
    {
      deed: "laughed",
      words:
        "lol lmao lmfao rofl xd KEK KEKW KEKL KEKWait LUL LULW OMEGALUL ICANT pepeLaugh lel mdr ptdr haha hehe jaja 😂 🤣 😆 💀 😹"
    }
  ],
  [
    "HYPE",
    {
      deed: "cheered",
      words:
        "Pog PogU PogChamp Poggers PogSU hype lets letsgo lesgo goo W wow insane crazy clip sheesh goat pepeHype catJAM EZ Clap 🔥 🎉 👏 🐐"
    }
  ],
  [
    "SHOCK",
    {
      deed: "were surprised",
      words: "wtf omg omfg what wat wut huh monkaS monkaW monkaGIGA holy damn bruh 😱 😮 🤯"
    }
  ],
  [
    "SORROW",
    {
      deed: "were sad",
      words: "F rip Sadge PepeHands BibleThump FeelsBadMan NotLikeThis widepeepoSad unlucky 😢 😭 💔 :("
    }
  ],
  ["VICTORY", { deed: "said GG", words: "gg ggs wp ggwp gratz grats congrats 🏆" }],
  ["LOVE", { deed: "sent love", words: "love peepoLove TwitchUnity 🥰 😍 💜 💙" }]
])

export const bytesOf = (text: string): string => Buffer.from(text, "utf8").toString("latin1")
export const textOf = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8")

/** Steps 2 and 3: A to Z in lower case, runs of an ASCII byte as one. */
const folded = (word: string): string => {
  const lower = word.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  // eslint-disable-next-line no-control-regex
  return lower.replace(/([\x00-\x7f])\1+/g, "$1")
}

/** Step 4: at most 64 bytes of whole UTF-8 characters. */
const cut = (word: string): string => {
  let end = 64
  while (/[\x80-\xbf]/.test(word.charAt(end))) end--
  return word.slice(0, end)
}

const PUNCTUATION = "[!-/:-@\\[-`{-~]"

/** Step 6: without the punctuation at both ends, unless there is nothing else. */
const bare = (word: string): string =>
  word.replace(new RegExp(`^${PUNCTUATION}+`), "").replace(new RegExp(`${PUNCTUATION}+$`), "") || word

/** Class and usual spelling of the list's words, by their bytes after steps 2 and 3. */
const LISTED: ReadonlyMap<string, { readonly className: string; readonly spelling: string }> = new Map(
  [...CLASSES].flatMap(([className, { words }]) =>
    words.split(" ").map((spelling) => [folded(bytesOf(spelling)), { className, spelling }])
  )
)

const LAUGHTER = /^[aehj]{4,}$/
/** Pairs of bytes: а А х Х. */
const CYRILLIC_LAUGHTER = /^(\xd0\xb0|\xd0\x90|\xd1\x85|\xd0\xa5){4,}$/

/** The class of a word, by the list or as written-out laughter. */
const classOf = (word: string): string | undefined =>
  LISTED.get(word)?.className ?? (LAUGHTER.test(word) || CYRILLIC_LAUGHTER.test(word) ? "LAUGHTER" : undefined)

/** Its usual spelling, if the word is in the list. */
export const spellingOf = (word: string): string | undefined => LISTED.get(word)?.spelling

/** Class of a word by the list alone. */
export const listedClassOf = (word: string): string | undefined => LISTED.get(word)?.className

/** What people did who share this class; `undefined` if it is none. */
export const deedOf = (className: string): string | undefined => CLASSES.get(className)?.deed

export const comparedFormOf = (message: string): Compared => {
  const first = bytesOf(message)
    // Step 1.
    // eslint-disable-next-line no-control-regex
    .split(/[\x00-\x20]+/)
    .filter((word) => word !== "")
    .slice(0, 6)
    .map((word) => cut(folded(word)))
  const words = first.map(bare)
  const className = words.map(classOf).find((name) => name !== undefined)
  return { text: first.join(" "), words: new Set(className === undefined ? words : [...words, className]) }
}
