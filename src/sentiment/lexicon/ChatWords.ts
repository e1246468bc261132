/**
 * English words that chats use otherwise than the tweets and reviews that VADER's lexicon was rated
 * for, and words that it lacks. They replace VADER's ratings. Our own work; the same scale.
 */
import type { WordGroup } from "./WordGroup.ts"

/**
 * Names of what happens in games and on streams, and verbs of plain description: mood by
 * themselves.
 */
const PLAIN: ReadonlyArray<WordGroup> = [
  {
    valence: 0,
    words: `play plays playing played player players join joined joining chance chances top low vip fight fights fighting
      fighter enemy enemies kill kills killing killer attack attacks attacked attacking battle battles war wars
      weapon weapons gun guns shot shots shoot shooting bomb bombs boss bosses drop dropped drops hard easy discord gods
      want wanted wants share shared sharing number matter matters lead leader free fit fan fans kind energy
      hero heroes champ vision invite pay pays cut cutting block blocks blocked hide hidden defend defense defence
      interest charge charged increase ready token trap traps check casual adventure clear clearly clean create
      sure solid special cloud dare treasure warning monster monsters ghost devil demon demons zombie zombies sword swords
      hunting hunter profile pressure power powers powerful natural master masters hand po security shy tank
       bans stole steal steals vs lamer mubar fubar rank important save saved saves admit allow ill l
        help helps helped helping forget forgot spam spamming spammed leave stops stopped cost
      doubt guess pretty well arrest authority apologize active straight alive worth like likes liked sick right damned`
  },
  { valence: 0.8, words: "fire np yw holy np gogogo gogogogo gogogogogo clipped" },
  { valence: 0.9, words: "friend friends better definitely op huge massive gifted subscribed" },
  { valence: -0.8, words: "no" },
  { valence: -0.9, words: "ban cap ads ad damage lag lags laggy leaving lose lost miss missed lame hell killed" }
]

/** Praise, success, joy. */
const GOOD: ReadonlyArray<WordGroup> = [
  {
    valence: 2.6,
    words: `poggers pog pogchamp poggies hyped hyping insane insanely goat goated legend legendary clutch clutched epic godlike
      banger bangers lit bussin sheesh letsgo letsgoo lesgo lesgoo lfg nutty cracked crisp pogging pogged wholesome masterpiece
      phenomenal unreal flawless elite yay yayy woohoo woo woot w00t sickest slay slayed slaying unmatched beast
      woah whoa woahh dope cheers hype`
  },
  {
    valence: 2,
    words: `glhf gl hf wp gj nj gz gratz grats congrats congratz tyvm tysm ty thx thnx noice nicee n1 dank cutie ily ilysm luv
      blessed goodnight gn gm goodmorning welcome wb rofl roflmao lulz lol lmao lmfao lmaoo hahaha haha hehe heh hihi jaja
      lolol lolz lool icant comfy cozy vibing mvp hahah hahahah ahah ahaha ahahah hahahaha jajaj jajaja jajajaja jejeje hueh huehue mdrr mdrrr ptdrr
      rsrs xddd lmaooo tysm +1 gigachad smooth slick vibes underrated balanced buffed legit
      c: :3 ^^ ^-^ :d ;d =d xp uwu owo \\o/ o/`
  },
  {
    valence: 1.2,
    words: `yess facts correct agreed  
          bet favorite favourite fave fav recommend finally gg ggs `
  }
]

/** Blame, failure, sorrow. */
const BAD: ReadonlyArray<WordGroup> = [
  {
    valence: -2.4,
    words: `trash garbage trashcan dogshit bullshit horseshit shite shitty crap crappy cancer cancerous cringe cringy cringey cringing yikes
      toxic scam scammed scammer scammers rigged scripted washed mid snoozefest sucked sux ew eww ewww yuck dumbass clowns
      braindead brainless noob noobs n00b griefing griefer inting feeder unwatchable unplayable busted p2w overrated kys stfu
      gtfo wth fml smh ffs rekt wrecked doomed tilt tilted tilting salty salt mald choked choking whiff whiffed creep creepy
      weirdo simp cheater cheaters hacker hackers hacking aimbot buffering scuffed stinky stinks ruined awkward oof
      d: ;-; ;_; t_t t.t q_q :\\ -_- -.- -__- ._. :| >: ;( unlucky`
  },
  {
    valence: -1.2,
    words: `noo bruh slow quit nerf nerfs nerfed rng delayed delay throw throws threw throwing fake bug bugs bugged
      buggy wrong problem sus ff`
  }
]

/**
 * Brackets that smile or frown behind a word, as Russian chats write them; question marks and
 * nothing else.
 */
const SIGNS: ReadonlyArray<WordGroup> = [
  { valence: 1.2, words: "))" },
  { valence: -1.2, words: "(( ???" }
]

export const CHAT_WORDS: ReadonlyArray<WordGroup> = [...PLAIN, ...GOOD, ...BAD, ...SIGNS]
