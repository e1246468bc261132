/**
 * Words of chats in other languages than English. Our own work. Words with the same spelling in
 * English are left out.
 */
import type { WordGroup } from "./WordGroup.ts"

const FRENCH: ReadonlyArray<WordGroup> = [
  {
    valence: 2,
    words: `bravo bien super génial genial géniale magnifique parfait parfaite merci mercii bonne bon beau belle joli jolie
      adore aime aimer kiffe kiff kiffer sympa drôle drole marrant mdr mdrr mdrrr ptdr xptdr bisous coeur chapeau
      incroyable énorme enorme bjr bonjour bonsoir salut coucou slt bienvenue félicitations felicitations gagné gagne
      gagner victoire mieux meilleur meilleure contente heureux heureuse rigole rire stylé style propre
      solide courage impressionnant mignon mignonne ggwp`
  },
  {
    valence: -2,
    words: `nul nulle mauvais mauvaise merde putain ptn pute connard conne débile debile stupide bête chiant chiante relou
      ennuyeux moche déteste deteste hais haine triste tristesse déçu decu déçue dommage hélas perdu perd perdre raté
      échec dégoûté degoute dégueulasse honte honteux ridicule pourri pourrie pourave naze bouffon tricheur triche
      rageux énervé enerve colère mort mourir pleure pleurer malheureusement marre gueule tg ntm fdp pire souffre
      malade galère aïe gênant genant saoule soule foutu éclaté eclate`
  }
]

const RUSSIAN: ReadonlyArray<WordGroup> = [
  {
    valence: 2,
    words: `хорошо хорош хороший хорошая отлично отличный круто крутой крутая классно класс класно супер молодец молодцы
      молодчик красавчик красава красавцы красиво красота лучший лучшая лучшие лучше топ топчик имба изи ахуенно
      охуенно заебись збс зачет зачёт спасибо спс пасиб благодарю люблю любим обожаю нравится рад рада счастье победа
      победили выиграли выиграл вин кайф кайфую ура урааа давай привет приветик прив здарова хай лол кек ору орунах
      ржу ржака хаха ахах ахаха хахаха смешно смешной угар верю надеюсь удачи умница милый милая мило няшка гений
      идеально шикарно годно годнота бомба огонь вау респект жиза гг гж поздравляю прекрасно потрясающе сильно сильный
      живые мощно мощь`
  },
  {
    valence: -2,
    words: `плохо плохой плохая ужас ужасно ужасный кошмар говно гавно дерьмо хуйня хуево хуевый хуета пиздец пздц блять бля
      сука тупой тупая тупые тупо дурак дебил дебилы дебилизм идиот идиоты лох лохи нуб нубы рак раки днище дно позор
      позорище слил слили сливают слив проиграли проиграл проигрыш луз скучно скука скучный грустно печаль печально
      жаль жалко обидно ненавижу бесит бесят злой злюсь отстой фу фуу бред треш трэш зря умер умерли сдох сдохли
      мертвый боль больно плачу слабо слабый ужасна хрень фигня мусор читер читеры читы лаги лагает лагают бан
      забанили нахуй нахер заебал заебали достал надоел уебок урод уроды мразь тварь пидор пидоры пидорас
      кринж жесть провал конец беда минус паршиво рип рип. страшно`
  }
]

const SPANISH: ReadonlyArray<WordGroup> = [
  {
    valence: 2,
    words: `buena buenos buenas bien genial excelente increíble increible fantástico fantastico maravilloso hermoso
      hermosa lindo linda guapo guapa bonito bonita mejor mejores perfecto perfecta gracias grax amo encanta encantó
      gusta divertido divertida feliz felicidades felicitaciones alegre jajaja jaja jajajaja jeje jejeje ganó gano
      ganar ganamos victoria grande grandes vamos vamo dale olé ole bravo viva hola saludos abrazo besos
      cariño suerte espectacular chido tremendo máquina maquina bestia jugadón golazo`
  },
  {
    valence: -2,
    words: `malo mala malos malas peor pésimo pesimo asco asqueroso mierda puta puto putos cabron cabrón pendejo pendejos
      idiota imbécil imbecil estúpido estupido tonto tonta aburrido aburrida odio odia triste tristeza llorar lloro
      llorando pena lástima lastima vergüenza verguenza perdió perdio perder perdimos perdiste fracaso basura feo fea
      enojado rabia miedo muerto murió muere maldito maldita joder carajo manco mancos tramposo tramposos lento aburre
      dolor culpa inútil inutil`
  }
]

const PORTUGUESE: ReadonlyArray<WordGroup> = [
  {
    valence: 2,
    words: `bom boa bons boas bem ótimo otimo ótima otima excelente incrível incrivel maravilhoso maravilhosa lindo linda
      lindos melhor melhores perfeito perfeita obrigado obrigada obg valeu vlw adoro amei amo gosto gostei divertido
      engraçado engracado feliz parabéns parabens kkkk kkkkk kkkkkk rsrs rsrsrs ganhou ganhar ganhamos vitória vitoria
      craque brabo braba mito monstro foda oi olá beleza blz tamo abraço beijo sorte bora vamo boraaa fofo fofa demais`
  },
  {
    valence: -2,
    words: `ruim ruins mau pior péssimo pessimo horrível horrivel merda bosta porra caralho puta burro burra idiota otário
      otario lixo chato chata triste tristeza chorar chorando odeio ódio odio raiva vergonha perdeu perder perdemos
      derrota fracasso feio feia morto morreu medo dor droga fdp vsf vtnc cuzao cuzão lento xitado fraco fraca`
  }
]

const GERMAN: ReadonlyArray<WordGroup> = [
  {
    valence: 2,
    words: `gut guter gutes gute super klasse geil geile geiler krass nice genial perfekt wunderbar schön schöner schoen
      herrlich danke dankeschön liebe lieben lieb süß suess lustig witzig freu freue freut glücklich gewonnen gewinnt
      gewinnen sieg ehre ehrenmann besser bester beste läuft moin servus hallo tach willkommen glückwunsch lachen
      richtig jawoll spaß spass stabil sauber respekt`
  },
  {
    valence: -2,
    words: `schlecht schlechter schlechte schlimm scheiße scheisse scheiss scheiß kacke müll muell dumm dummer dumme doof
      blöd bloed idioten arsch arschloch wichser hurensohn huso hässlich langweilig nervt nervig hasse hass traurig
      schade leider verloren verliert verlieren verkackt versagt peinlich eklig ekelhaft widerlich wütend sauer angst
      tot gestorben stirbt schmerz weinen heult heul heulsuse lächerlich schwach lahm bodenlos ehrenlos kaputt mies
      furchtbar schrecklich `
  }
]

const POLISH_TURKISH_ITALIAN: ReadonlyArray<WordGroup> = [
  {
    valence: 2,
    words:
      "dobrze super świetnie brawo dzięki dzieki kocham piękne fajnie güzel harika teşekkürler seviyorum adamsın efsane bravo bello bella grazie ottimo bravissimo fantastico"
  },
  {
    valence: -2,
    words:
      "źle kurwa słabo gówno smutno nienawidzę debil kötü berbat salak aptal rezalet üzgün brutto schifo cazzo merda peggio"
  }
]

export const FOREIGN: ReadonlyArray<WordGroup> = [
  ...FRENCH,
  ...RUSSIAN,
  ...SPANISH,
  ...PORTUGUESE,
  ...GERMAN,
  ...POLISH_TURKISH_ITALIAN
]
