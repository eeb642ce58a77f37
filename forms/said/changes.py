"""How two versions of a form can differ, in words, to those who publish (SPEC.md section 12.4)."""

from typing import Final

CHANGES: Final[dict[str, tuple[str, str]]] = {
    "title-changed": ("De titel is anders.", "The title differs."),
    "purpose-changed": ("Het doel is anders.", "The purpose differs."),
    "legal-basis-changed": ("De grondslag is anders.", "The legal basis differs."),
    "retention-changed": ("De bewaartermijn is anders.", "The retention differs."),
    "question-added": ("Nieuwe vraag: {label}", "New question: {label}"),
    "question-gone": (
        "Vervallen vraag: {label}. De antwoorden blijven bewaard als eerdere antwoorden.",
        "Dropped question: {label}. Its answers are kept as earlier answers.",
    ),
    "question-renamed": (
        "Heette {old}; de antwoorden verhuizen mee.",
        "Was called {old}; its answers move along.",
    ),
    "kind-widened": ("Was {before}, is nu {after}.", "Was {before}, is {after} now."),
    "label-changed": ("De vraag luidde: {before} Nu: {after}", "The question was: {before} Now: {after}"),
    "hint-changed": ("De toelichting is anders.", "The hint differs."),
    "merge-changed": (
        "Antwoorden die naast elkaar zijn gegeven, werden samengevoegd met {before}, nu met {after}.",
        "Answers given in parallel were merged by {before}, now by {after}.",
    ),
    "sensitivity-changed": ("De klasse was {before} en is nu {after}.", "The class was {before} and is {after} now."),
    "choice-added": ("Nieuwe keuze: {choice}", "New choice: {choice}"),
    "choice-label-changed": ("De keuze {choice} heet anders.", "The choice {choice} is called differently."),
    "choice-gone": (
        "Vervallen keuze: {choice}. Antwoorden blijven zoals ze zijn gegeven.",
        "Dropped choice: {choice}. Answers stay as they were given.",
    ),
    "choice-mapped": ("De keuze {choice} wordt {to}.", "The choice {choice} becomes {to}."),
    "choice-order-changed": ("De keuzes staan in een andere volgorde.", "The choices stand in another order."),
    "limit-narrowed": (
        "{limit} was {before} en is nu {after}: strenger.",
        "{limit} was {before}, is {after} now: stricter.",
    ),
    "limit-widened": ("{limit} was {before} en is nu {after}: ruimer.", "{limit} was {before}, is {after} now: wider."),
    "pattern-changed": ("Wat er geschreven mag worden ({limit}) is anders.", "What may be written ({limit}) differs."),
    "now-required": ("Moet nu worden beantwoord.", "Must be answered now."),
    "no-longer-required": ("Hoeft niet meer te worden beantwoord.", "Need not be answered any more."),
    "condition-added": ("Wordt nu alleen soms gevraagd.", "Is asked only sometimes now."),
    "condition-changed": ("Wordt in andere gevallen gevraagd.", "Is asked in other cases."),
    "condition-gone": ("Wordt nu altijd gevraagd.", "Is always asked now."),
    "computed-added": ("Nieuw berekend veld.", "New computed field."),
    "computed-changed": ("Wordt anders berekend.", "Is computed differently."),
    "computed-gone": ("Wordt niet meer berekend.", "Is not computed any more."),
    "check-added": ("Nieuwe controle.", "New check."),
    "check-changed": ("Een controle is anders.", "A check differs."),
    "check-gone": ("Een controle is vervallen.", "A check is gone."),
    "banner-added": ("Nieuwe waarschuwing boven de bladzijde.", "New banner above the page."),
    "banner-changed": ("De waarschuwing boven de bladzijde is anders.", "The banner above the page differs."),
    "banner-gone": ("De waarschuwing boven de bladzijde is vervallen.", "The banner above the page is gone."),
    "layout-changed": ("De bladzijden zijn anders ingedeeld.", "The pages are laid out differently."),
}
