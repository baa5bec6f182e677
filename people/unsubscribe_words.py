"""What the page to unsubscribe says, in the languages it speaks. It is for customers, who know nothing of Belfry."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation.trans_real import parse_accept_lang_header


@dataclass(frozen=True)
class Words:
    """`sender` and `address` name the facts above the button; `test` and `tested` are for messages that were tests."""

    lang: str
    question: str
    effect: str
    sender: str
    address: str
    button: str
    done: str
    done_more: str
    test: str
    tested: str
    tested_more: str
    broken: str
    broken_more: str


ENGLISH = Words(
    lang="en",
    question="Unsubscribe?",
    effect="You would get no more of these messages.",
    sender="From",
    address="To",
    button="Unsubscribe",
    done="You are unsubscribed",
    done_more="You get no more of these messages. There is nothing else to do.",
    test="The message was a test: this shows what happens, and changes nothing.",
    tested="This was a test",
    tested_more="The link works. The message was a test, so nobody is unsubscribed.",
    broken="This link does not work",
    broken_more="It may not be whole. Open the message again and use the link in it.",
)
SPANISH = Words(
    lang="es",
    question="¿Darse de baja?",
    effect="Ya no recibirá más mensajes de este tipo.",
    sender="De",
    address="Para",
    button="Darme de baja",
    done="Se ha dado de baja",
    done_more="Ya no recibirá más mensajes de este tipo. No tiene que hacer nada más.",
    test="El mensaje era una prueba: aquí se ve lo que ocurre y no cambia nada.",
    tested="Era una prueba",
    tested_more="El enlace funciona. El mensaje era una prueba, así que nadie se ha dado de baja.",
    broken="Este enlace no funciona",
    broken_more="Puede que esté incompleto. Abra de nuevo el mensaje y use el enlace que contiene.",
)
PORTUGUESE = Words(
    lang="pt",
    question="Cancelar a inscrição?",
    effect="Você não receberá mais estas mensagens.",
    sender="De",
    address="Para",
    button="Cancelar a inscrição",
    done="Inscrição cancelada",
    done_more="Você não receberá mais estas mensagens. Não é preciso fazer mais nada.",
    test="A mensagem era um teste: aqui se vê o que acontece, e nada muda.",
    tested="Era um teste",
    tested_more="O link funciona. A mensagem era um teste, por isso nenhuma inscrição foi cancelada.",
    broken="Este link não funciona",
    broken_more="Talvez esteja incompleto. Abra a mensagem de novo e use o link que está nela.",
)
GERMAN = Words(
    lang="de",
    question="Abmelden?",
    effect="Sie bekommen dann keine dieser Nachrichten mehr.",
    sender="Von",
    address="An",
    button="Abmelden",
    done="Sie sind abgemeldet",
    done_more="Sie bekommen keine dieser Nachrichten mehr. Mehr ist nicht zu tun.",
    test="Die Nachricht war ein Test: Hier sehen Sie, was geschieht, und nichts ändert sich.",
    tested="Das war ein Test",
    tested_more="Der Link funktioniert. Die Nachricht war ein Test, deshalb wurde niemand abgemeldet.",
    broken="Dieser Link funktioniert nicht",
    broken_more="Vielleicht ist er nicht vollständig. Öffnen Sie die Nachricht erneut und nutzen Sie den Link darin.",
)
FRENCH = Words(
    lang="fr",
    question="Se désabonner ?",
    effect="Vous ne recevrez plus ces messages.",
    sender="De",
    address="À",
    button="Me désabonner",
    done="Désabonnement effectué",
    done_more="Vous ne recevrez plus ces messages. Il n’y a rien d’autre à faire.",
    test="Le message était un test : cette page montre ce qui se passe et ne change rien.",
    tested="C’était un test",
    tested_more="Le lien fonctionne. Le message était un test : personne n’a été désabonné.",
    broken="Ce lien ne fonctionne pas",
    broken_more="Il est peut-être incomplet. Rouvrez le message et utilisez le lien qu’il contient.",
)
ITALIAN = Words(
    lang="it",
    question="Annullare l’iscrizione?",
    effect="Non riceverà più questi messaggi.",
    sender="Da",
    address="A",
    button="Annulla l’iscrizione",
    done="Iscrizione annullata",
    done_more="Non riceverà più questi messaggi. Non deve fare altro.",
    test="Il messaggio era una prova: questa pagina mostra che cosa succede e non cambia nulla.",
    tested="Era una prova",
    tested_more="Il link funziona. Il messaggio era una prova, quindi nessuna iscrizione è stata annullata.",
    broken="Questo link non funziona",
    broken_more="Forse è incompleto. Riapra il messaggio e usi il link che contiene.",
)
SPOKEN: Final = {each.lang: each for each in (ENGLISH, SPANISH, PORTUGUESE, GERMAN, FRENCH, ITALIAN)}


def words(language: str, accepted: str = "") -> Words:
    """In the language of this tag; where it is unknown, in the first of the browser's that the page speaks."""
    tags = [language, *(tag for tag, _ in parse_accept_lang_header(accepted))]
    known = (SPOKEN.get(tag.lower().partition("-")[0]) for tag in tags)
    return next((each for each in known if each), ENGLISH)
