"""Codes and words that the published lists of a municipality offer, without what publishes a list."""

from collections.abc import Mapping, Sequence

from backend.stores.rows import LIST, Version
from forms.lists.lists import read_list


def codes(town_versions: Sequence[Version]) -> dict[str, Mapping[str, Mapping[str, str]]]:
    """The codes of every published list by its name, with their attributes; those that are not offered any more too."""
    found: dict[str, Mapping[str, Mapping[str, str]]] = {}
    for version in town_versions:
        if version.form.startswith(LIST):
            named = read_list(version.document).named
            if named is not None:
                found[named.slug] = {item.code: item.attributes for item in named.items}
    return found


def names_and_words(town_versions: Sequence[Version]) -> dict[str, dict[str, Mapping[str, str]]]:
    """Collect the words of every published list by its name, for codes that are not offered any more too."""
    found = {}
    for version in town_versions:
        named = read_list(version.document).named if version.form.startswith(LIST) else None
        if named is not None:
            found[named.slug] = dict(named.choices(retired=True))
    return found


def list_titles(town_versions: Sequence[Version], language: str) -> dict[str, str]:
    """The title of every published list, by its name."""
    lists = (read_list(one.document).named for one in town_versions if one.form.startswith(LIST))
    return {one.slug: one.title.get(language) or one.title["nl"] for one in lists if one is not None}
