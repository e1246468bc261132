/**
 * Classes of reactions: different words for the same thing. A chat that laughs writes KEKW, lol and
 * ahaha; counted by words alone it would seem to disagree.
 */
import { comparedWord } from "./Compared.ts"

/** Words in their usual spelling, by the class's name. */
const WORDS: Readonly<Record<string, string>> = {
  LAUGHTER:
    "lol lmao lmfao rofl xd KEK KEKW KEKL KEKWait LUL LULW OMEGALUL ICANT pepeLaugh lel mdr ptdr haha hehe jaja 😂 🤣 😆 💀 😹",
  HYPE: "Pog PogU PogChamp Poggers PogSU hype lets letsgo lesgo goo W wow insane crazy clip sheesh goat pepeHype catJAM EZ Clap 🔥 🎉 👏 🐐",
  SHOCK: "wtf omg omfg what wat wut huh monkaS monkaW monkaGIGA holy damn bruh 😱 😮 🤯",
  SORROW: "F rip Sadge PepeHands BibleThump FeelsBadMan NotLikeThis widepeepoSad unlucky 😢 😭 💔 :(",
  VICTORY: "gg ggs wp ggwp gratz grats congrats 🏆",
  LOVE: "<3 love peepoLove TwitchUnity 🥰 😍 💜 💙"
}

/** The deed of the people who write a class's words. */
export const DEEDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    LAUGHTER: "laughed",
    HYPE: "cheered",
    SHOCK: "were surprised",
    SORROW: "were sad",
    VICTORY: "said GG",
    LOVE: "sent love"
  })
)

const ENTRIES = Object.entries(WORDS).flatMap(([name, words]) =>
  words.split(" ").map((word) => ({ name, word, compared: comparedWord(word) }))
)

/** The class by a word's compared form. */
export const CLASS_OF: ReadonlyMap<string, string> = new Map(ENTRIES.map(({ compared, name }) => [compared, name]))

/** The usual spelling by a word's compared form. */
export const SPELLING_OF: ReadonlyMap<string, string> = new Map(ENTRIES.map(({ compared, word }) => [compared, word]))

/** The class of laughter that is written out (ahahaha), which is no list of words. */
export const LAUGHTER = "LAUGHTER"
