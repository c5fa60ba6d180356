"""What the mails say, in both languages."""

import pytest

from authz.outbox.letter import write

LINE = {"service": "Glyco <Carnet>", "consent": "0190-0000"}
EVERYTHING = {
    "ends": [LINE | {"until": "5 January 2027"}],
    "unused": [LINE],
    "services": [
        LINE | {"offline": True, "signs_in": False},
        LINE | {"offline": False, "signs_in": True},
    ],
    "used": [LINE | {"times": 1}, LINE | {"times": 12}],
}
SAID = {
    "en": (
        "For Léo.",
        "until 5 January 2027",
        "have not used their access for six months",
        "also when nobody is there",
        "only to sign you in",
        "1 access.",
        "12 accesses.",
    ),
    "fr": (
        "Pour Léo.",
        "jusqu’au 5 January 2027",
        "n’ont pas utilisé leur accès depuis six mois",
        "aussi en son absence",
        "seulement pour vous identifier",
        "1 accès.",
        "12 accès.",
    ),
}


def news(language, *people):
    return write(
        "news", language=language, parameters={"people": people}, address="https://a.example"
    )


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_part_is_said_in_text_and_in_html(language):
    letter = news(language, {"name": "", **EVERYTHING}, {"name": "Léo", **EVERYTHING})

    for said in SAID[language]:
        assert said in letter.text
        assert said.rstrip(".") in letter.html
    for place in ("/services/0190-0000", "/history", "/account/messages"):
        assert f"https://a.example{place}" in letter.text
        assert f'href="https://a.example{place}"' in letter.html


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_part_without_lines_is_not_said(language):
    nothing = dict.fromkeys(EVERYTHING, ())

    letter = news(language, {"name": "", **nothing, "unused": [LINE]})

    others = [said for said in SAID[language] if said not in SAID[language][2:3]]
    assert [said for said in others if said in letter.text] == []
    assert "/history" not in letter.text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_name_is_a_name_and_no_markup(language):
    letter = news(language, {"name": "<b>Léo</b>", **EVERYTHING})

    assert "Glyco &lt;Carnet&gt;" in letter.html
    assert "<b>" not in letter.html


@pytest.mark.parametrize(
    ("language", "patient", "said"),
    [
        ("en", "", "has used your health space for the first time"),
        ("en", "Léo", "has used the health space of Léo for the first time"),
        ("fr", "", "a utilisé votre espace santé pour la première fois"),
        ("fr", "Léo", "a utilisé l’espace santé de Léo pour la première fois"),
    ],
)
def test_the_first_access_says_whose_health_space_it_was(language, patient, said):
    facts = {**LINE, "patient": patient}

    letter = write("first_access", language=language, parameters=facts, address="https://a.example")

    assert f"Glyco <Carnet> {said}" in letter.text
    assert "https://a.example/services/0190-0000" in letter.text
