/**
 * Emotes by name: global emotes of Twitch, and those of BetterTTV, FrankerFaceZ and 7TV that many
 * channels share. The table is our own work. A valence is the mood of a viewer who posts the emote,
 * from -4 to 4 as in VADER's lexicon; each group states the reason. Names count in any letter case.
 * Only names under `exact` must match it, because their lower case is a usual word or another
 * emote.
 */

export interface EmoteGroup {
  /** -4 to 4; 0 = a known emote without a mood. */
  readonly valence: number
  /** Names, separated by white space. */
  readonly names: string
  /** Names whose letter case must match. */
  readonly exact?: string
}

/**
 * Amusement: the chat laughs. Most laughter on Twitch enjoys what happened, even if it was a
 * failure.
 */
const LAUGHTER: ReadonlyArray<EmoteGroup> = [
  {
    valence: 2.4,
    names: `LUL LULW LULE LULWW OMEGALUL OMEGALULW OMEGALULiguess KEKW KEKWW KEKL KEKLEO KEKHeim KEKYou KEKG
      KEKInsane KEKWiggle KEKBye KEKLaugh Kekega 4Head 4HEader EleGiggle PepeLaugh PepeLa PepeLaughing
      peepoGiggle peepoGiggles ZULUL ZULOL LOLW LOLE OMEGADANCE OMEGALAUGHING OMEGAROLL ICANT ICANTT Hhhehehe
      TehePelo DIESOFLAUGHTER LaughingMyAss lulWut LUULW LAUGHING LMAOO SmileW xdd xddd xddx deadlole ome5
      ome44 OMEGAKEK KEKO HypeLUL HypeLol hahaPoint AHAHA Kappalul TriLUL forsenLUL CATLAUGH dogLaugh`,
    exact: "LuL KEK"
  },
  // A wicked laugh at the misfortune of another.
  { valence: 1.2, names: "MEGALUL KEKPOINT PepePoint Pointless HEHE KEKWlaugh TrollDespairLaugh PepoGiggle" }
]

/** Hype: surprise and joy about what happens on the stream. */
const HYPE: ReadonlyArray<EmoteGroup> = [
  {
    valence: 2.9,
    names: `PogChamp Pog PogU PogYou POGGERS POGGIES PagMan PagChomp PagBounce POGCRAZY POGSLIDE poggSpin PogBones
      PogTasty POGPLANT PogChampion HYPERS HYPERPOGGER HYPERPOGGERS WideHardoPog PogUwU PogT PogW PogChampW
      POGGYWOGGY PeepoPog pepePog catPog KomodoHype LETSGO LETSGOO LETSGOOO POGGING PogPog COGGERS HypeCheer
      HypePog HypeWow HypeCool HypeFire HypeHype HypeLit TwitchLit CurseLit NODDERSPOG VisLaud WICKED
      HACKERMANS GIGACHAD LFG FBtouchdown FootGoal PopNemo`,
    exact: "Cinema CINEMA PEAK"
  },
  // Delight: strong pleasure about a play, music or a picture.
  {
    valence: 2.2,
    names: `Kreygasm gachiGASM gachiHYPER gachiBASS gachiBOP gachiPRIDE GachiPls BOOBA HYPERSGASM SoDoge WOWEE
      Wowzers WOW PeepoWow TakeNRG PowerUpL PowerUpR HypeE`
  },
  // Waiting for something big; the outcome is open.
  { valence: 0.6, names: "PauseChamp Pausers PogPause PauseFish popCat PopCorn PopCornTime PauseManShit PAUSE" },
  // Mocks hype, or is disappointed by it.
  { valence: -0.8, names: "PogO PogOff UnPog PogNo FeelsPogO BatChest BatChesting" }
]

/** Celebration, success, respect. */
const CELEBRATION: ReadonlyArray<EmoteGroup> = [
  {
    valence: 2.1,
    names: `Clap peepoClap PepoClap pepeClap FeelsGoodMan FeelsAmazingMan FeelsBirthdayMan FeelsGreatMan
      FeelsHappyMan EZ EZY EZClap PepeEZ peepoEZ PartyTime PartyHat PartyParrot PartyPopper HolidayCookie HSWP
      HSCheers GivePLZ SeemsGood bttvNice Nice PeoplesChamp PraiseIt ThankEgg GoldPLZ VoteYea BasedGod BASED
      peepoCheer Cheergi HypeGG HypeYesPls HypeClap HypeVictory FeelsWPMan yesyes EZPZ winner PETTHESTREAMER
      SALUTE peepoSalute o7 Saluting dubs POGGYES BillyApprove Approve ApplauseW peepoApplause PrideWin
      TwitchConHYPE FortOne FortHype MVGame OWL2019Win GGs GG GGWP ggez EZGG HypeThumbsup ThumbsUp
      peepoThumbsUp`,
    exact: "W WW WWW Ws"
  },
  // Pride through tears: moved, still on the good side.
  { valence: 0.9, names: "FeelsStrongMan FeelsLateMan AngelThump StrongMan PepeStrong peepoProud RespectMan" }
]

/** Music and dance: viewers enjoy themselves. */
const DANCE: ReadonlyArray<EmoteGroup> = [
  {
    valence: 1.7,
    names: `catJAM catJAMMER pepeJAM pepeJAMJAM pepeJAMMER PepePls SourPls RainbowPls blobDance pepeD pepeDS
      peepoDance PepoDance DinoDance AlienPls AlienPls3 AlienDance danse Dance lebronJAM headBang headBanging
      RaveTime peepoRave ratJAM dogJAM duckJAM bearJAM BoneZone BOP ppHop ppHopper ppOverheat ppSpin Vibe
      VIBING vibePls Jammies Jamgie jamm SingsNote SingsMic GuitarTime DrumTime TrumpetTime forsenPls mericCat
      Vibers NODDERS FeelsJamMan DonkJam SnoopPls WideBoris wideVIBE Jigglin jiggy EDM SwagDance PianoTime
      HyperJam DanceMan pugPls PugDance KannaDance BongoCat bongoTap monkeyDance SquadGoals PepegaDance
      FrogeDance sumSmash MYAAA CrabPls CrabRave VapeNation KappaDance GoatEmotey`
  }
]

/** Affection, greetings, cuteness, comfort. */
const AFFECTION: ReadonlyArray<EmoteGroup> = [
  {
    valence: 2.4,
    names: `bleedPurple TwitchUnity peepoLove PepeLove peepoHug peepoHugs PeepoHeart VirtualHug PurpleStar HypeHeart
      HypeLove HypeMyHeart widepeepoHappy peepoHappy PepeHappy peepoBlush peepoKiss PinkMercy catKISS dogKiss
      KannaLove lovePls KissAPixel PrideHeartL PrideHeartR LuvHearts LuvBlush LuvCool LuvPeekL LuvPeekR LuvSign
      LuvUok Kissahomie catLove HUGGERS Huggies bttvHeart TransgenderPride GayPride PansexualPride AsexualPride
      BisexualPride LesbianPride NonbinaryPride IntersexPride GenderFluidPride PrideRise PrideWingL PrideWingR
      PrideFloat PrideUnicorn StreamerHug LoveLetter FeelsLoveMan peepoCute petpet`
  },
  {
    valence: 1.5,
    names: `AYAYA AYAYAY AYAYAWeird HeyGuys VoHiYo KonCha TPFufun peepoHey peepoHi peepoHello PepeHi peepoWave Hiii
      HiiiTwitch Hii HypeHai HypeHi FrankerZ CorgiDerp OhMyDog OSFrog RaccAttack CoolCat GlitchCat peepoComfy
      Comfy ComfyDog peepoCozy peepoBlanket PETTHEMODS peepoShy SqShy duDudu BegWan FunRun MercyWing1
      MercyWing2 TwitchRaid RaidHype PotFriend ShowOfHands NomNom TwitchSings DoritosChip DendiFace KappaPride
      KappaClaus KappaRoss KappaWealth PixelHeart BabyYoda bttvHappy bttvGrin bttvCool bttvTwink bttvWink
      bttvTongue HahaSanta HahaElf HahaReindeer HahaSnowman HahaPresent HahaTurtledove HahaHide HahaLean
      HahaThink HahaGoose HahaBall HahaNyandeer HahaSleep HahaShrugLeft HahaShrugMiddle HahaShrugRight HahaCat
      Hahahalidays HolidayPresent HolidayTree HolidaySanta HolidayOrnament HolidayLog GoodGirl sweetPeepo UwU
      OwO peepoSmile peepoCoffee TeaTime peepoTea FeelsOkayMan Okayge Okeyge peepoOk peepoOkay peepoFriends
      FriendlyDog bunnyHop cvHeart PogFish Catge DogChamp doggo HappyDoge DogeHappy peepoFlower peepoGift
      peepoSanta Lovege Happi Happige Gladge HAPPIES Smilers peepoPat Patge VoteUp CatCozy Peeposs AYAYAs
      NekoHi peepoYes YEP YEPP YEPCOCK TRUEING NODDING Nodge PogNod catNod Goodge GoodMorning BirdgeHi Wavegie
      catWave hugsPls ppPoof HypeBlob EarthDay PicoMause StinkyLove InuyoFace RalpherZ ItsBoshyTime Poooound
      Wowers KomodoHypeHi GreetingsPls Waves LookUp HungryPaimon TwitchSmile MiniK`
  },
  // Hope and prayer: the viewer wants it to go well.
  { valence: 1.1, names: "BlessRNG Prayge peepoPray PepePray Prayers HOPIUM Hopge GAMBA GAMBADDICT" },
  // Self-confident, relaxed.
  {
    valence: 1.1,
    names:
      "KappaCool RonSmug 5Head 5HEAD Smug Smugge Smirk Chillge ChillDude Gigachill CoolDog BroBalt peepoCool TriKool",
    exact: "B)"
  }
]

/** Sorrow: loss, compassion, disappointment. */
const SORROW: ReadonlyArray<EmoteGroup> = [
  {
    valence: -2.1,
    names: `BibleThump PepeHands peepoHands PepeSad Sadge Sadgers Sadgies Sadger sadgeBusiness SadCat SadgeCry Sadeg
      peepoSad widepeepoSad peepoCry PepeCry CryCat catCry Crying FeelsBadMan FeelsSadMan FeelsRainMan
      FeelsCryMan FeelsLonelyMan ForeverAlone TearGlove HypeSad Despairge DESPAIR PAIN PAINPEKO PAINS Painge
      SAJ SAJJ SAD Tears peepoTears TearsMan riPepperonis NOOO NOOOO NOOOOO NOOOOOO NOOOOOOO bttvSad PoroSad
      FeelsSuicideMan Suicideg Suicidge FeelsDonkSad peepoLeave Heartbroken BrokenHeart PensiveWobble
      TrollDespair PixelSad sadKEK sadE KSad SadLife Wehh catSad dogSad hamsterSad MONKACRY Crumbled sadJAM
      StillWaitingMan WAAAH LOSERS FeelsBad`
  },
  // Dead, gone, over; often half in jest.
  {
    valence: -1.3,
    names: "Deadge peepoDead RIP RIPBOZO RIPBOZOS F FF Dedge ded PepeRIP FeelsRIPMan MonkaDead NotAware",
    exact: "Life Aware AWARE"
  }
]

/** Anger, disgust, contempt, boredom. */
const ANGER: ReadonlyArray<EmoteGroup> = [
  {
    valence: -2.2,
    names: `SwiftRage DansGame WutFace BabyRage FailFish NotLikeThis ResidentSleeper PJSalt WeirdChamp WeirdChamper
      Weirdge Weirdga WeirdDude PepeWeird FeelsWeirdMan FeelsWeirdManW FeelsAngryMan FeelsMadMan FeelsEvilMan
      Madge Smadge Madgers RAGEY RAGE Ragege PepeRage peepoRage PepeMad peepoMad peepoRiot peepoAngry REEE
      REEEE ReeTard CandianRage CrySalt SaltyCorn sosGame DIESOFCRINGE Cringe CringeMan CringeW NotLikeDuck
      NotLikeMe NOPERS NOPE Disgustang Disgusted YouWHY NinjaGrumpy HypeRage HypeMad HypeFacepalm HypeUwuh
      PunchRage AngryJack PepeVomit peepoVomit PukeMan Puke VomitW peepoPuke SICKOS VoteNay NotLikeSnow
      SourNoot Yikes YIKERS FacePalm FailFace PepeFacepalm Smoge bttvAngry LowTierGod D: TriggeredW TRIGGERED
      NotCool MODSbad BOOO BOO BOOOO booooo Boring Boredge ZZZ zzzz Sleeper PepegaRage angE madE MADs Tiltge
      Tilted Angy Grr GRRR Hmph UnSane ThisIsFine AngryPepe Stinky StinkyCheese FUCKOFF ANGRE`,
    exact: "L LL LLL LLLL Ls SAD MADE"
  },
  // Contempt: someone acts foolishly or embarrasses himself.
  {
    valence: -1.5,
    names: `haHAA Pepega PepegaAim PepegaPhone PepegaDriving PepegaCredit PepegaGun Pepegas 3Head 3Lass 1Head 2Head
      cmonBruh CoolStoryBob BrokeBack YouDontSay RlyTho bUrself TwaT WatChuSay SabaPing HotPokket UncleNox
      PanicVis KEKSad donowall docnotL NotL FeelsPepegaMan Clown ClownW honk HONKHONK PepoClown KKlown Clowning
      PeepoClown PeepoWeird Copege COPIUM COPE COPIUMOD COPEIUM Copesen CopiumOverdose MALDING MALD Seethe
      ratio skillissue Clueless CluelessW ClownIn Susge SUSSY Sus Suske TOXIC Tomfoolery NaM ABDULpls
      WEEBSDETECTED RIPstream HUH HUHH HUHW Wut WUTT Whaat WaitWhat WTFF DatModCheck Scammed SCAM BOGGED BORPA
      PepeS SCHIZO PepoThinkSad DarkMode FootYellow peepoStop StopIt DICKS FeelsDumbMan FeelsDankerMan Dumbge
      NotAllowed JAIL POLICE Yapping Yapp AINTNOWAY NAHHH NAH nahh WAYTOODANK Liar LIESS Awkge`,
    exact: "Surely SURELY Weeb LIES Chatting CHATTING Awkward AWKWARD Banned BANNED Toxic Dumb PETTY CAUGHT"
  }
]

/** Fear and tension. */
const FEAR: ReadonlyArray<EmoteGroup> = [
  {
    valence: -1.4,
    names: `monkaS monkaW monkaX monkaGIGA monkaOMEGA monkaStop monkaTOS monkaSHAKE monkaEyes monkaChrist monkaGun
      monkaE monkaPickle monkaSTEER monkaM monkaH monkaMEGA monkaLaugh monkaShoot monkaBEAT monkaD monkaSoap
      monkaYou monka Concerned ConcernDoge ConcernFroge peepoScared peepoShake peepoS PepeScared PepeSweat
      Sweating SWEAT HypeShock HypeSweat Panic PANICC Panicking peepoPanic NervousMan peepoWorried WorryStare
      dogS catS OhNo bttvUnsure bttvConfused AAAA AAAAA AAAAAA AAAAAAA SCARED NotOkay NotOkayge PepeMeltdown
      MELTDOWN panicBasket monkaHMMM`,
    exact: "Worry Nervous"
  }
]

/**
 * Known, but without a mood: pictures, jokes, arts of play. They keep an unknown-name rule from
 * guessing.
 */
const NEUTRAL: ReadonlyArray<EmoteGroup> = [
  {
    valence: 0,
    names: `TriHard TriEasy MingLee ANELE MrDestructoid SSSsss PunchTrees PixelBob SMOrc Squid1 Squid2 Squid3 Squid4
      SoBayed OpieOP Jebaited TheIlluminati ArsonNoSexy WholeWheat GrammarKing PogChampNeutral KKona KKonaW
      KKomrade KKool BloodTrail BCWarrior DBstyle DAESuppy RedCoat StoneLightning TheRinger RedTeam GreenTeam
      GunRun imGlitch copyThis pastaThat TwitchRPG TwitchVotes TBAngel TBCrunchy TBTacoBag TBTacoLeft
      TBTacoRight TBTacoProps BigBrother Mau5 JKanStyle JonCarnage OptimizePrime PRChase PipeHype PermaSmug
      PartyFowl AsianGlow AndalusianCrush AthenaPMS BigPhish BlargNaut BuddhaBar CarlSmile ChefFrank CougarHunt
      DatSheffy DogFace DoomGuy DxCat EagleEye FPSMarksman FUNgineer FutureMan FuzzyOtterOO GingerPower
      HassaanChop HassanChop HumbleLife IceCold IPeeMage KevinTurtle Kippa MikeHogu MorphinTime MVGameN
      NerfBlueBlaster NerfRedBlaster NoNoSpot OneHand OSBeaver OSblob OSkomodo OSsloth OSrob PanicBasketN
      PeteZaroll PeteZarollTie PorscheWIN RuleFive ScaredyCat SeriousSloth ShadyLulu ShazBotstix ShazamIcon
      SmoocherZ SriHead StrawBeary SuperVinlin TF2John TheTarFu TheThing ThunBeast TinyFace TooSpicy TTours
      UWot VaultBoy WinWaker WTRuck YouWHYN Stonks HmmmN hmmMeeting monkaHmm Hmm Hmmge HmmCat thinking
      PepoThink Thinkge peepoThink Bedge bttvSleep bttvSurprised sleepge FeelsDankMan Dankge dankHug DANKIES
      FirstTimeChatter Corpa plink Classic MyHonestReaction modCheck Stare Staree MODS peepoKnife Peggers
      PeepoRun peepoSit NOTED notes ALOO SNIFFA Looting Binoculous buh erm wideReacting KEKWait WaitingMan
      Waiting4U ViolinTime TypeRacer Nerdge NERD Shruge SHRUGGERS shrug ShrugW peepoShrug cvMask cvHazmat cvR
      cvL ariW notsquishY tehPoleCat PoleDoge TaxiBro CruW FireSpeed CiGrip DatSauce GabeN HailHelix RarePepe
      WubTF ZrehplaR LilZ BeanieHipster YooHoo ManChicken YellowFever CatBag LaterSooner RoxyPotato reckH
      RebeccaBlack CrayonTime nymnCorn SteerR ApuApustaja YEAHBUT7TV GAMING ELLIS PogChess gachi SUBprise
      NiceTry TheVoices uuh ashtraySmoke Smoge2 SmokeTime WideHard WideHardo forsenE forsenCD FBBlock FBCatch
      FBChallenge FBPass FBPenalty FBRun FBSpiral FootBall FortBush FortLlama StinkyGlitch PrideCute
      PrideDragon PrideParty ExtraLife PopGhost PopOrange PurpleUp BluePls AndYou`,
    exact: "Looking Waiting Gaming LUNCH KAPOW Joel Think"
  }
]

/** Sarcasm: the message means the opposite of its praise. */
export const SARCASM =
  "Kappa Kapp KappaW KappaHD KappaChungus KaRappa Keepo Kappu GoldenKappa MiniKappa PeepoKappa Kappage :tf:"

export const EMOTES: ReadonlyArray<EmoteGroup> = [
  ...LAUGHTER,
  ...HYPE,
  ...CELEBRATION,
  ...DANCE,
  ...AFFECTION,
  ...SORROW,
  ...ANGER,
  ...FEAR,
  ...NEUTRAL
]
