/**
 * How messages are compared, recounted from docs/detection.md, "Words" and "Classes". A string here
 * is one of bytes: each of its code units is a byte, so that strings compare as bytes do.
 */

/** A message as it is compared. */
export interface Compared {
  /** Its compared form; empty if it has no words. */
  readonly text: string
  /** Its words, each once, and the name of its class. */
  readonly words: ReadonlyArray<string>
}

interface Class {
  /** The deed of people who write such a word. */
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
  ["LOVE", { deed: "sent love", words: "<3 love peepoLove TwitchUnity 🥰 😍 💜 💙" }]
])

export const bytesOf = (text: string): string => Buffer.from(text, "utf8").toString("latin1")
export const textOf = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8")

/** How much of a message is read. */
const MOST_BYTES = 2000

/** Step 1: the first bytes, without a character that is not whole. */
export const beginning = (message: string): string => {
  let end = MOST_BYTES
  while (/[\x80-\xbf]/.test(message.charAt(end))) end--
  return message.slice(0, end)
}

/** Steps 3 and 4: A to Z in lower case, runs of an ASCII byte as one. */
const folded = (word: string): string => {
  const lower = word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  // eslint-disable-next-line no-control-regex
  return lower.replace(/([\x00-\x7f])\1+/g, "$1")
}

/** A word between punctuation. */
const PUNCTUATED = /^[!-/:-@[-`{-~]*(.*?)[!-/:-@[-`{-~]*$/s

/** Step 5: without the punctuation at both ends, if there is a letter. */
const bare = (word: string): string => (/[a-z\x80-\xff]/.test(word) ? word.replace(PUNCTUATED, "$1") : word)

const formOf = (word: string): string => bare(folded(word))

/** Class and usual spelling of the list's words, by their compared form. */
const LISTED: ReadonlyMap<string, { readonly className: string; readonly spelling: string }> = new Map(
  [...CLASSES].flatMap(([className, { words }]) =>
    words.split(" ").map((spelling) => [formOf(bytesOf(spelling)), { className, spelling }])
  )
)

const LAUGHTER = /^[aehj]{4,}$/
/** Pairs of bytes: а А х Х. */
const CYRILLIC_LAUGHTER = /^(\xd0\xb0|\xd0\x90|\xd1\x85|\xd0\xa5){4,}$/

/** The class of a word, by the list or as written-out laughter. */
export const classOf = (word: string): string | undefined =>
  LISTED.get(word)?.className ?? (LAUGHTER.test(word) || CYRILLIC_LAUGHTER.test(word) ? "LAUGHTER" : undefined)

/** Its usual spelling, if the word is in the list. */
export const spellingOf = (word: string): string | undefined => LISTED.get(word)?.spelling

/** Class of a word by the list alone. */
export const listedClassOf = (word: string): string | undefined => LISTED.get(word)?.className

/** The action of people who share this class; `undefined` if there is no such class. */
export const deedOf = (className: string): string | undefined => CLASSES.get(className)?.deed

export const comparedFormOf = (message: string): Compared => {
  const words = beginning(bytesOf(message))
    // Step 2.
    // eslint-disable-next-line no-control-regex
    .split(/[\x00-\x20]+/)
    .filter((word) => word !== "")
    .slice(0, 6)
    .map(formOf)
  const className = words.map(classOf).find((name) => name !== undefined)
  return { text: words.join(" "), words: [...new Set(className === undefined ? words : [...words, className])] }
}
