"""Words as a person reads them in English, for tests that compare a sentence."""

from backend.sentences import ENGLISH, Words, library


def english(words: Words | str) -> str:
    """The sentence; of what a store kept, the same."""
    return library().kept(words, ENGLISH) if isinstance(words, str) else library().words(words, ENGLISH)
