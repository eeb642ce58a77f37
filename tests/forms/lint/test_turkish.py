"""Turkish, which many who are visited speak: what is forbidden is forbidden in it too (lint/SPEC.md section 4).

The questions were written beside the rules, by the same hand: they hold what is caught, and measure nothing.
"""

import pytest

from tests.forms.lint.snippets import Snippet, judged

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
