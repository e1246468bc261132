/**
 * Words without meaning for a moment, in the form in which words are compared. They are articles,
 * pronouns and similar words of the languages that are frequent in chat. A moment is not described
 * by them.
 */
const WORDS = `
a an the this that these those i im u you your he his him she her it its we us our they them their me my
and or but so if as at by for from in into of on to with about up out just like
am is are was were be do does did has have had wil would can could
de la le les el los las un une una des du et est en que qui je tu il ce pas dans pour y es lo se por con para mi
o os da em um uma e eu der die das und ist ein eine ich er sie wir zu mit den
и в не на я что с это он она а как но ты мы у за то
`

export const COMMON_WORDS: ReadonlySet<string> = new Set(WORDS.trim().split(/\s+/))
