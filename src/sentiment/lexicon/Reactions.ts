/**
 * Reactions, answers and questions that the model knows and that are neutral. The model scores them
 * with 0, which is a score and not the lack of one. In lower case. Our own work.
 */
export const REACTIONS = `yes yep yup yeah yea ye yee ya nah nope nop ok okay okey okk k kk alr ight aight sure maybe idk idc
  same what wat whats what's why who whos who's how when where which huh hm hmm hmmm mhm uh uhh um umm uhm oh ohh ah ahh eh ehh ooh er
  yo bro bruv dude bud mate bois boys guys chat wait hold pause brb afk bye byee byebye goodbye cya bb gtg sorry sry please pls plz
  pliz damn dang god jesus christ omw raid sub clip go run stop again tho imo btw rn tbh fr ong ngl actually really literally real true omg hello hi hey heya hiya hallo hola salut bonjour sup ayo
  wassup hbu wbu hru eat + ++ 1v1 + /shrug
  oui ouais ouai non nan nn quoi pourquoi qui comment quand ah bah ben hein euh stp svp dsl chaud
  да ага угу не нет неа ок окей что че чё шо кто где когда почему зачем как ну а э эм эээ блин хм
  si sí claro que qué quien quién como cómo cuando donde bueno eh pues vale porfa
  sim não nao né ne quem onde quando cara mano vcs pq oq
  ja jaa jo nein nö ne was wer wie wo wann warum wieso hä ach naja bitte tschüss
  tak nie co kto gdzie dlaczego evet hayır yok ne kim neden si perché cosa chi`
