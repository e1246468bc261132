/**
 * The mood of an unlisted emote, from the family of its name. A family is the beginning of a name,
 * or its last part. Names are written without blanks, and each part begins with a capital
 * (forsenPls, peepoSad, xqcL). Our own work.
 */
import type { WordGroup } from "./WordGroup.ts"

/** Beginnings of names, in their letter case. The longest that fits decides. */
export const BEGINNINGS: ReadonlyArray<WordGroup> = [
  { valence: 2.5, words: "Pog POG pogg OMEGALUL LULW KEKW KEKL LUL HYPERS Hype GIGA" },
  { valence: 1.8, words: "FeelsGood FeelsAmazing AYAYA gachi EZ catJAM Jam JAM VIBE" },
  { valence: -1.2, words: "monka Monka MONKA" },
  {
    valence: -1.8,
    words:
      "FeelsBad FeelsSad FeelsWeird FeelsAngry NotLike PepeHands Sadge Weird COPIUM Pepega Copium Madge cring Cringe CRINGE"
  }
]

/**
 * Last parts of names, which begin with a capital. Words and names of the other tables count as
 * well.
 */
export const ENDINGS: ReadonlyArray<WordGroup> = [
  // Subscribers' emotes of many channels: the channel's prefix and what the picture shows.
  {
    valence: 2.2,
    words: `L Love Heart Hearts Luv Hug Hugs Kiss Happy Smile Smiley Joy Yay Hype HYPE Hyped Party Clap CLAP Cheer Cheers Win Winner
      Cute Blush Laugh Lul LUL LULW Lol LOL Giggle Haha Kek KEK KEKW Nice Good Great Thanks Ty TY GG Gg Ez EZ Cool Strong King Queen
      Chad Based Fire Lit Pog POG PogU Poggers POGGERS Wow WOW Bless Blessed Angel Gift Thumbsup Up Approve Respect Salute
      Comfy Cozy Chill Vibe Vibes Dance Dancing Jam JAM Jams Jammin Pls Rave Groove Bop Disco Excited Yes YES Nod Pat Pet Snug
      Hi HI Hey Hello Wave Welcome Raid RAID Uwu UwU Owo Star Rich Money Victory Pogs Pride Champ Sip Nom Buff Flex Stonks GASM Gasm Hehe Wiggle
      Bongo Spin Bounce Howdy Aww Hooray Woo Yeah Yas Yep Bravo Sparkle Shine Glow`
  },
  {
    valence: -2.1,
    words: `Sad SAD Cry Crying Cries Tears Sob Rage RAGE Mad MAD Angry Anger Grr Salt Salty Tilt Tilted Hate Fail FAIL Dead DEAD Ded Die Death
      Rip RIP Hurt Pain PAIN Scared Scare Fear Panic Sweat Nervous Worry Worried Cringe Ew EW Eww Gross Puke Sick Disgust Wut Weird
      Creep Sus Bad BAD No NO Nope Stop Facepalm Shame Bored Boring Sleeper Tired Dumb Clown Toxic Cope Copium Despair Regret Riot
      Pepega Hands Wtf WTF What Why Meh Monka Monkas Shake Trash Oof OOF Ree REE Scam Lost Loss Ugh Broken Grumpy S Lose Oops Yikes Ick Stress Alone Lonely Stab F`
  }
]

/** Parts that change a picture, not its mood. */
export const SIZES = "wide Wide WIDE tiny Tiny"
