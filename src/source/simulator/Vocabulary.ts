/**
 * The words of the simulated platform. A phrase of a tone contains a word of that tone's list in
 * the baseline sentiment model, and none of the other's. Neutral phrases contain none. A word
 * counts only between white space.
 */

export const ADJECTIVES: ReadonlyArray<string> = [
  ..."amber arctic brisk bronze calm cosmic cozy crimson curious dapper dusty eager electric feral fierce foggy".split(
    " "
  ),
  ..."frosty gentle gilded golden humble indigo ivory jade jolly lazy lofty lucky lunar mellow midnight minty".split(
    " "
  ),
  ..."misty modern mossy nimble noble odd olive pale pixel plucky polar proud quick quiet rapid retro".split(" "),
  ..."rusty salty scarlet secret silent silver sleepy solar stormy sturdy sunny swift tiny velvet vivid wild".split(" ")
]

export const NOUNS: ReadonlyArray<string> = [
  ..."acorn anchor badger beacon bison bramble canyon cedar cobra comet condor coyote cricket dragon drifter ember".split(
    " "
  ),
  ..."falcon ferret fjord fox gecko glacier goblin harbor hare hawk heron husky ibex iguana jackal jaguar".split(" "),
  ..."kestrel koala lagoon lantern lemur lynx magpie mantis maple marmot meteor moose nomad ocelot orbit otter".split(
    " "
  ),
  ..."panda parrot pebble pilot puffin quokka raven rocket saddle sparrow summit thistle tiger walrus willow wombat".split(
    " "
  )
]

/** Beginnings of messages; they end with a space unless they are empty. */
export const OPENERS: ReadonlyArray<string> = [
  "",
  "",
  "",
  "",
  "",
  "",
  "omg ",
  "bro ",
  "chat ",
  "ok but ",
  "wait, ",
  "honestly ",
  "ngl ",
  "yo ",
  "well ",
  "guys ",
  "I think ",
  "for real ",
  "not gonna lie ",
  "hey ",
  "mate ",
  "so ",
  "and ",
  "man "
]

/** Ends of messages; they begin with a space unless they are empty. */
export const TAILS: ReadonlyArray<string> = [
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  " !",
  " !!!",
  " ...",
  " today",
  " again",
  " right now",
  " tbh",
  " for sure",
  " here"
]

export const POSITIVE: ReadonlyArray<string> = [
  "love this",
  "that was awesome",
  "great play",
  "what an amazing run",
  "excellent timing",
  "good one",
  "best stream tonight",
  "wonderful music",
  "fantastic save",
  "perfect jump",
  "so happy about it",
  "thanks for the stream",
  "lol",
  "haha that face",
  "nice",
  "cool trick",
  "this is fun",
  "we enjoy every minute",
  "so excited",
  "pog",
  "pogchamp moment",
  "kekw",
  "nice nice nice",
  "love the new overlay",
  "good game everyone",
  "awesome shot",
  "that was great teamwork",
  "best boss fight so far",
  "happy birthday to the mods",
  "haha perfect",
  "amazing aim",
  "thanks chat"
]

export const NEGATIVE: ReadonlyArray<string> = [
  "hate this map",
  "that was bad",
  "terrible lag",
  "awful audio",
  "worst round so far",
  "this sucks",
  "boring part",
  "so annoying",
  "stupid boss",
  "dumb move",
  "trash loot",
  "cringe",
  "fail",
  "rip",
  "so sad",
  "angry noises",
  "mad at this game",
  "disappointed in that ending",
  "frustrated with the queue",
  "bad call",
  "what a terrible patch",
  "rip the run",
  "the delay is awful",
  "worst matchmaking",
  "boring build",
  "that sucks"
]

export const NEUTRAL: ReadonlyArray<string> = [
  "what song is this",
  "first time here",
  "how long have you been live",
  "which server are you on",
  "what keyboard is that",
  "is this the new patch",
  "where is the second key",
  "left or right",
  "check the map",
  "he went up the stairs",
  "brb food",
  "hello from Lisbon",
  "greetings from Osaka",
  "what rank is this",
  "who is winning",
  "next game when",
  "turn the volume up a bit",
  "that door was closed",
  "clip that",
  "the timer is wrong",
  "what's the score",
  "how many subs until the goal",
  "new emote when",
  "is there a raffle",
  "watching from work",
  "two minutes left",
  "one more round",
  "the chat is fast",
  "what does that item do",
  "same",
  "hmm",
  "yes",
  "no",
  "maybe",
  "wait what",
  "did you see that",
  "I was away, what happened",
  "go left",
  "hydrate",
  'it\'s "the" level 7',
  "GG",
  "gg wp",
  "o7",
  "それな",
  "こんにちは",
  "¿qué pasó?",
  "déjà vu",
  "👀",
  "👏👏👏",
  "jaja",
  "was ist das denn",
  "ça marche",
  "привет",
  "o/",
  "1",
  "F in chat",
  "speedrun pace?",
  "a\\b",
  "7/10",
  "afk"
]

/**
 * Clauses have one subject, verb and object. With connectors they are nearly as varied as real
 * chat.
 */
export const SUBJECTS: ReadonlyArray<string> = [
  "he",
  "she",
  "they",
  "you",
  "we",
  "this guy",
  "my team",
  "the mod",
  "the boss",
  "that healer",
  "everyone",
  "my brother",
  "the other lobby",
  "the whole squad",
  "your sniper",
  "I"
]
export const VERBS: ReadonlyArray<string> = [
  "went for",
  "should try",
  "just found",
  "needs",
  "skipped",
  "forgot",
  "already had",
  "dropped",
  "never saw",
  "bought",
  "came back for",
  "was looking at",
  "could use",
  "ran past",
  "talked about",
  "saved"
]
export const OBJECTS: ReadonlyArray<string> = [
  "the second key",
  "a left door",
  "that song",
  "a new keyboard",
  "two potions",
  "the shortcut",
  "some bread",
  "level 12",
  "that chest",
  "the old map",
  "one more round",
  "his camera",
  "the final gate",
  "dinner",
  "a longer break",
  "every ladder",
  "season three",
  "the fishing part",
  "more wood",
  "the blue one",
  "it",
  "that jump",
  "the desert run",
  "a bigger shield"
]
export const CONNECTORS: ReadonlyArray<string> = [" and ", " but ", ", ", " because ", " so ", " while ", ". ", " or "]

/** One-word messages. */
export const SHORT: ReadonlyArray<string> = [
  ..."yes no same hmm what wait true real nah ok ? ??? 1 o7 gg W L F yep nope hi hello why how where when who oh ah".split(
    " "
  ),
  ..."huh again skip right left up wow lmao bruh Pause sheesh".split(" ")
]

export const COMMANDS: ReadonlyArray<string> = ["!song", "!uptime", "!discord", "!rank", "!points", "!specs"]

export const BOT: ReadonlyArray<string> = [
  "Type !commands to see what this bot can do",
  "A short break every hour keeps your eyes fresh. Drink some water, chat",
  "The schedule of the week is under the stream",
  "The stream has been live for a while. Follow to know when the next one starts",
  "Now playing: the soundtrack of the level"
]

/** Shouts of a crowd; each ends with a letter that can be repeated. */
export const SHOUTS: ReadonlyArray<string> = [
  "no",
  "let's go",
  "what",
  "lol",
  "omg",
  "clip it",
  "he did it",
  "W",
  "yes",
  "no way",
  "gg",
  "run"
]

export const SPAM: ReadonlyArray<string> = [
  "Cheap followers at fastfans dot example",
  "Join my giveaway at luckybox dot example",
  "Watch my channel, I am live now",
  "Free skins, link in my profile"
]

/** Messages of raiders. */
export const RAID: ReadonlyArray<string> = [
  "RAID",
  "raid hype",
  "we are here",
  "raiders assemble",
  "hello from the raid",
  "raid raid raid",
  "the raid has arrived",
  "room for a few more?"
]

export const EMOTES: ReadonlyArray<string> = [
  "Kappa",
  "PogChamp",
  "LUL",
  "KEKW",
  "OMEGALUL",
  "Pog",
  "monkaS",
  "PepeHands",
  "FeelsGoodMan",
  "5Head",
  "EZ",
  "Clap",
  "catJAM",
  "HeyGuys",
  "SeemsGood",
  "4Head",
  "Jebaited",
  "Kreygasm",
  "VoHiYo",
  "GivePLZ"
]

/** Suffixes of a channel's own emotes, which begin with its name. */
export const OWN_EMOTES: ReadonlyArray<string> = ["Mug", "Desk", "Boop", "Nap", "Hat", "Cat", "Tea", "Box"]

export const HAPPY_EMOTES: ReadonlyArray<string> = ["PogChamp", "KEKW", "FeelsGoodMan", "Clap", "catJAM", "SeemsGood"]
export const SAD_EMOTES: ReadonlyArray<string> = [
  "BibleThump",
  "NotLikeThis",
  "FailFish",
  "ResidentSleeper",
  "PepeHands",
  "WutFace"
]
export const HYPE_EMOTES: ReadonlyArray<string> = ["PogChamp", "Pog", "POGGERS", "Clap", "HYPERS"]
export const RAID_EMOTES: ReadonlyArray<string> = ["TwitchRaid", "HeyGuys", "bleedPurple", "raidHype"]
