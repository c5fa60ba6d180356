"""How easily a text reads: the longer its sentences and words, the harder.

Flesch's reading ease for English, and its adaptation to French by Kandel and Moles: about 100 for a
school book of the first years, 60 for a newspaper, 30 for a law. A measure of form alone: it finds
what is long-winded, and cannot tell whether it is clear.
"""

import re

_SENTENCE = re.compile(r"[.!?…:;]+(?:\s|$)")
_WORD = re.compile(r"[^\W\d_]+")
_VOWELS = {"fr": re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]+"), "en": re.compile(r"[aeiouy]+")}
_SILENT = {"fr": re.compile(r"[^aeiouy](?:e|es|ent)$"), "en": re.compile(r"[^aeiouyl](?:e|es|ed)$")}
_LENGTHS = {"fr": (207.0, 1.015, 73.6), "en": (206.835, 1.015, 84.6)}


def reading_ease(text: str, language: str) -> float:
    """From 100 (very easy) down; no words read very easily."""
    words = _WORD.findall(text.lower())
    if not words:
        return 100.0
    sentences = sum(1 for part in _SENTENCE.split(text) if _WORD.search(part))
    syllables = sum(_syllables(word, language) for word in words)
    base, by_sentence, by_word = _LENGTHS[language]
    return base - by_sentence * len(words) / sentences - by_word * syllables / len(words)


def _syllables(word: str, language: str) -> int:
    found = len(_VOWELS[language].findall(word))
    if found > 1 and _SILENT[language].search(word):
        found -= 1
    return max(found, 1)
