/** Pairs of words whose mood is not that of their words. The pair replaces the ratings of both. */
import type { WordGroup } from "./WordGroup.ts"

/** A pair is written with a hyphen between its words. */
export const PHRASES: ReadonlyArray<WordGroup> = [
  {
    valence: 2.5,
    words: `lets-go let's-go lets-goo let's-goo holy-shit fuck-yeah fuck-yes hell-yeah hell-yes fucking-insane
      fucking-good fucking-great fucking-nice fucking-amazing so-good so-sick the-goat the-best how-good well-played
      well-done good-game nice-one good-job great-job nice-job nice-shot nice-play good-play big-brain thank-you love-you
      much-love good-luck good-shit nice-try bad-ass the-shit the-bomb oh-yeah too-good god-damn no-cap dead-lol im-dead
      thats-sick that's-sick is-sick sick-play sick-shot sick-aim can't-wait cant-wait cannot-wait killed-it killing-it
      holy-moly holy-cow straight-fire pure-fire is-fire clean-af miss-you missed-you
      my-hero did-it rest-easy good-morning good-night have-fun`
  },
  {
    valence: -2.2,
    words: `shut-up oh-no so-bad too-bad feels-bad my-bad yeah-right get-good git-gud so-boring sick-of
      fed-up screw-you fuck-you fuck-off fuck-this piece-of game-over skill-issue no-skill not-funny
       stop-it please-stop pls-stop ads-again another-ad dead-game dead-chat dead-stream rip-stream dont-care go-next`
  },
  { valence: -3.4, words: "for-nothing" },
  // The verb "to like"; the word alone compares.
  {
    valence: 1.5,
    words:
      "i-like we-like they-like really-like would-like do-like people-like like-it like-this like-you like-your like-that like-how"
  },
  {
    valence: 1.2,
    words: "what-a no-way my-god clip-it clip-that"
  },
  {
    valence: 0,
    words:
      "never-seen best-way nice-to hi-fi free-to right-now no-problem no-worries right-click play-button high-five used-to"
  }
]
