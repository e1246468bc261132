/**
 * Words that change the words after them. In lower case and without apostrophes, in the languages
 * of the other lists.
 */

/** They turn the mood of the next three words. */
export const NEGATIONS = `not no never none nobody nothing neither nor nowhere without aint arent cannot cant couldnt didnt doesnt dont
  hadnt hasnt havent isnt mightnt mustnt neednt shouldnt wasnt werent wont wouldnt rarely seldom hardly barely despite
  pas jamais rien aucun aucune sans non nicht kein keine keinen nie niemals ohne nunca ningun ninguna nao nem
  jamas tampoco не нет никогда без нельзя`

/** They strengthen the next word by 0.3. */
export const BOOSTERS = `absolutely amazingly completely considerable considerably decidedly deeply effing enormously entirely
  especially exceptionally extremely fabulously fking flippin freakin freaking frickin fricking friggin fucking fuckin
  fully greatly hella highly hugely incredibly intensely majorly more most much particularly purely quite really
  remarkably so substantially thoroughly totally tremendously unbelievably unusually utterly very literally deadass highkey
  giga ultra too that such trop très tres vraiment tellement carrément sehr echt voll total muy mucho tan demasiado muito tão очень так слишком самый просто вообще прям`

/** They weaken it by 0.3. */
export const DAMPENERS = `almost kinda kindof less little marginally occasionally partly scarcely slight slightly somewhat
  sorta sortof peu assez etwas bisschen poco algo pouco немного чуть слегка`

/** The words after them count more than the words before. */
export const CONTRASTS = "but mais aber pero но however"
