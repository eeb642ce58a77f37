"""What is said of a form version beside the versions before it, to those who publish (SPEC.md section 12)."""

from typing import Final

VERSIONS: Final[dict[str, tuple[str, str]]] = {
    "save-too-large": (
        "Wie dit formulier in een keer invult, bewaart {number} antwoorden; hoogstens {limit} passen. "
        "Splits het, of laat minder items toe.",
        "Whoever fills this form in at once saves {number} answers; at most {limit} fit. "
        "Split it, or allow fewer items.",
    ),
    "save-too-many-bytes": (
        "Wie dit formulier helemaal invult, bewaart {number} bytes; hoogstens {limit} passen. "
        "Geef teksten een kleinere maxLength, laat minder items toe, of splits het.",
        "Whoever fills this form in completely saves {number} bytes; at most {limit} fit. "
        "Give texts a smaller maxLength, allow fewer items, or split it.",
    ),
    "items-unbounded": (
        "Zeg met maxItems hoeveel items {name} hoogstens heeft; anders kan een ingevuld formulier te groot zijn om te "
        "bewaren.",
        "Say with maxItems how many items {name} has at most; otherwise a form that is filled in may be too large to "
        "save.",
    ),
    "choices-unbounded": (
        "Zeg met maxItems hoeveel keuzes iemand hoogstens aanwijst; de lijst van de gemeente kan er 10.000 hebben.",
        "Say with maxItems how many choices somebody takes at most; the municipality's list may have 10,000.",
    ),
    "text-unbounded": (
        "Zeg met maxLength hoeveel tekens dit antwoord hoogstens heeft, of sluit het patroon af met ^ en $.",
        "Say with maxLength how many characters this answer has at most, or end the pattern with ^ and $.",
    ),
    "moves-no-path": (
        "{name} kan geen vraag van de vorige versie zijn. Schrijf het pad zoals /naam of /groep/*/naam.",
        "{name} cannot be a question of the version before. Write its path such as /name or /group/*/name.",
    ),
    "moves-no-target": (
        "Deze versie heeft geen {name} waar de antwoorden naartoe kunnen.",
        "This version has no {name} for the answers to go to.",
    ),
    "still-asked": (
        "{name} is vervallen verklaard, maar deze versie vraagt het nog. Haal een van beide weg.",
        "{name} is said to be dropped, but this version still asks it. Remove one of the two.",
    ),
    "wrong-version": (
        "Dit is versie {given}, maar de volgende versie van dit formulier is {expected}.",
        "This is version {given}, but the next version of this form is {expected}.",
    ),
    "vanished": (
        "Versie {version} vraagt {name} en deze versie niet. Zet {name} bij moves: onder renamed of dropped.",
        "Version {version} asks {name} and this version does not. Name {name} in moves: under renamed or dropped.",
    ),
    "code-vanished": (
        "De keuze {choice} is er niet meer. Zeg onder moves bij mapped welke ervoor in de plaats komt, of null.",
        "The choice {choice} is gone. Say in moves under mapped which choice takes its place, or null.",
    ),
    "moves-unknown": (
        "De vorige versie had geen {name}. Haal het weg, of kijk hoe het daar heet.",
        "The version before had no {name}. Remove it, or look how it is called there.",
    ),
    "moves-onto": (
        "{name} had in een eerdere versie eigen antwoorden; die zouden door elkaar raken. Kies een andere naam.",
        "{name} had answers of its own in an earlier version; they would be mixed up. Choose another name.",
    ),
    "moves-scope": (
        "Antwoorden van {name} kunnen niet in of uit een herhaalde groep verhuizen.",
        "Answers of {name} cannot move into or out of a repeating group.",
    ),
    "moves-code": (
        "De keuze {choice} hoort hier niet: links staat wat er niet meer is, rechts wat deze versie heeft.",
        "The choice {choice} does not belong here: left stands a choice that is gone, right one that this version has.",
    ),
    "kind-changed": (
        "{name} was {before} en is nu {after}. Geef de nieuwe vraag een eigen naam, en laat de oude vervallen.",
        "{name} was {before} and is {after} now. Give the new question a name of its own, and drop the old one.",
    ),
}
