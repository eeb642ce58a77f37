"""Turkish, which many who are visited speak: what is forbidden is forbidden in it too (lint/SPEC.md section 4).

The questions were written beside the rules, by the same hand: they hold what is caught, and measure nothing. What
measures are the Turkish entries of the blind sets, which whoever wrote the words had not read before.
"""

from pathlib import Path

import pytest

from forms.lint.judged_sets import EVERY, judged_set, shares
from forms.lint.judged_sets import judged as judged_entries
from tests.forms.lint.snippets import Snippet, judged

CORPORA = Path(__file__).parent / "corpora"
FORBIDDEN = {
    "P01": [
        "Ailenin etnik kökeni nedir?", "Çocuğun ırkı", "Hangi millettensiniz?", "Aslen nerelisiniz?",
        "Azınlık mısınız?", "Annenin kökeni", "Hangi aşiretten geliyorsunuz?", "Baba nereli?",
    ],
    "P02": [
        "Uyruğunuz nedir?", "Babanın doğduğu ülke", "Anne nerede doğdu?", "Evde hangi dili konuşuyorsunuz?",
        "Ana dili", "Ten rengi", "Annenin kızlık soyadı", "İkinci pasaportunuz var mı?", "Vatandaşlığı",
    ],
    "P03": [
        "Dininiz nedir?", "Hangi mezhepten?", "Namaz kılıyor musunuz?", "Camiye gidiyor mu?", "Siyasi görüşünüz",
        "Sendika üyesi misiniz?", "Cinsel yönelim", "Oruç tutuyor musunuz?", "Ailenin dini nedir?",
    ],
    "P04": ["Hangi hastalığınız var?", "Teşhis", "Hangi ilaçları kullanıyor?", "Hamile misiniz?", "Engelli mi?"],
    "P05": ["Sabıkası var mı?", "Şüpheli mi?", "Polis kaydı", "Cezaevinde mi?"],
    "P06": ["Kimlik numarası", "Pasaport no", "TC kimlik"],
    "P20": ["Oturum izni var mı?", "İkamet tezkeresi", "Mülteci mi?", "İltica başvurusu", "Yasal olarak mı kalıyor?"],
}  # fmt: skip
HARMLESS = [
    "Çocuk okula gidiyor mu?", "Hangi okula gidiyor?", "Hangi gün görüşelim?", "Evde kim var?", "Randevu tarihi",
    "Hangi konuda yardım istersiniz?", "Öğretmenin adı", "Soyadı", "Kaç çocuk var?", "Servis yeri", "Roman okuyor mu?",
    "Kök neden", "Yemek pişirme kursu", "Kalem ve defter var mı?", "Otobüs kartı var mı?", "Okul numarası",
    "Nerede görüşelim?", "Hangi otobüsle geliyor?", "Taşınma tarihi", "Çocuğun yaşı",
]  # fmt: skip
OF_OTHERS = {  # words of the languages that are read which look like Turkish ones
    "nl": ["Wie gaat er koken?", "Soja en saus", "Kaart van de buurt", "Dinsdag of donderdag?", "Diner op school"],
    "de": ["Vizepräsident des Vereins", "Kochen mit Kindern"],
    "en": ["Pen and paper at hand?", "Ten pupils or more?", "Soy milk at lunch", "A kit for school"],
    "fr": ["Vêtements propres ?", "Le dîner est prévu ?"],
    "ro": ["Ora vizitei", "Cine vine la masă?"],
}


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in FORBIDDEN.items() for text in texts])
def test_what_is_forbidden_is_caught_in_turkish(rule: str, text: str) -> None:
    assert rule in judged(Snippet(rule, (rule,), place="label", language="tr", text=text))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_in_turkish_is_let_through(text: str) -> None:
    assert set() == set(judged(Snippet("P01", (), place="label", language="tr", text=text))) - {"P22"}


@pytest.mark.parametrize(("tongue", "text"), [(tongue, text) for tongue, texts in OF_OTHERS.items() for text in texts])
def test_words_of_other_languages_are_not_taken_for_turkish(tongue: str, text: str) -> None:
    assert set() == set(judged(Snippet("P01", (), place="label", language=tongue, text=text))) - {"P22"}


def test_of_the_turkish_entries_of_other_judges_most_are_stopped_and_none_wrongly() -> None:
    sets = [(CORPORA / name).read_bytes() for name in ("blind_as_in_forms.json", "blind_indirect.json")]
    entries = [entry for raw in sets for entry in judged_set(raw) if entry.language == "tr"]
    found = shares(judged_entries(entries))[EVERY]
    assert (32, 0) == (len(entries), found.alarms) and found.caught >= 20
