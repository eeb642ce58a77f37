"""What is said of answers, to workers (SPEC.md section 8.1)."""

from typing import Final

ANSWERS: Final[dict[str, tuple[str, str]]] = {  # for workers
    "missing": ("Vul deze vraag nog in.", "Please answer this question."),
    "wrong-kind": (
        "Dit antwoord past niet bij de vraag. Vul het opnieuw in.",
        "This answer does not fit the question. Please enter it again.",
    ),
    "unknown-choice": (
        "Deze keuze staat niet in de lijst. Kies opnieuw.",
        "This choice is not in the list. Please choose again.",
    ),
    "not-a-date": (
        "Dit is geen bestaande datum. Schrijf jaar-maand-dag.",
        "This is not an existing date. Write year-month-day.",
    ),
    "wrong-pattern": (
        "Dit is niet goed geschreven. Kijk naar het voorbeeld bij de vraag.",
        "This is not written as asked. Look at the example with the question.",
    ),
    "too-short": (
        "Deze tekst is te kort: minstens {limit} tekens.",
        "This text is too short: at least {limit} characters.",
    ),
    "too-long": (
        "Deze tekst is te lang: hoogstens {limit} tekens.",
        "This text is too long: at most {limit} characters.",
    ),
    "too-low": ("Dit getal is te laag: minstens {limit}.", "This number is too low: at least {limit}."),
    "too-high": ("Dit getal is te hoog: hoogstens {limit}.", "This number is too high: at most {limit}."),
    "not-above": ("Dit getal moet hoger zijn dan {limit}.", "This number must be above {limit}."),
    "not-below": ("Dit getal moet lager zijn dan {limit}.", "This number must be below {limit}."),
    "wrong-step": (
        "Dit getal moet een veelvoud zijn van {limit}.",
        "This number must be a multiple of {limit}.",
    ),
    "too-few": ("Dit zijn er te weinig: minstens {limit}.", "These are too few: at least {limit}."),
    "too-many": ("Dit zijn er te veel: hoogstens {limit}.", "These are too many: at most {limit}."),
    "chosen-twice": (
        "Hetzelfde staat er twee keer. Haal er een weg.",
        "The same stands here twice. Remove one of them.",
    ),
    "no-such-question": (
        "Deze vraag staat niet in dit formulier. Het antwoord blijft bewaard.",
        "This question is not in this form. The answer is kept.",
    ),
    "not-an-answer": (
        "Dit antwoord kan niet worden gelezen. Werk de app bij en vul het opnieuw in.",
        "This answer cannot be read. Update the app and enter it again.",
    ),
    "bad-path": (
        "Dit antwoord hoort bij een vraag die niet kan bestaan. Werk de app bij.",
        "This answer belongs to a question that cannot exist. Update the app.",
    ),
}
