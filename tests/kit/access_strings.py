"""Access strings by chance: words that are rules, in any order, with selectors among them."""

from hypothesis import strategies as st

from elastane.model.access_strings import AccessStringError, Vocabulary, checked_access_string
from elastane.model.versions import version_numbers


def access_strings(vocabulary: Vocabulary, *, version: str = "99") -> st.SearchStrategy[str]:
    """Accepted ones, of an engine's vocabulary, that name nothing newer than this version."""
    words = _words(vocabulary, version)
    selectors = st.lists(words, max_size=4).map(lambda inner: f"({' '.join(inner)})")
    flags = st.sampled_from(("on", "off", "ON", "clearselectors", "sanitize-payload"))
    texts = st.lists(st.one_of(words, words, words, flags, selectors), max_size=12).map(" ".join)
    return texts.filter(lambda text: _is_accepted(text, vocabulary))


def _words(vocabulary: Vocabulary, version: str) -> st.SearchStrategy[str]:
    names = sorted(
        name for name, since in vocabulary.commands.items() if version_numbers(since) <= version_numbers(version)
    )
    signs = st.sampled_from("+-")
    patterns = st.text("ab*?[]^\\:é{}\"'#", min_size=1, max_size=5)
    rules = [
        st.builds("{}{}".format, signs, st.sampled_from(names)),
        st.builds("{}@{}".format, signs, st.sampled_from(sorted(vocabulary.categories | {"all"}))),
        st.builds("{}~{}".format, st.sampled_from(("", "", "%R", "%W", "%rw", "%WR")), patterns),
        patterns.map(lambda pattern: f"&{pattern}"),
        st.sampled_from(
            ("allkeys", "resetkeys", "~*", "allchannels", "resetchannels", "&*", "allcommands", "nocommands")
        ),
    ]
    if version_numbers(version) >= (9, 1):
        rules.append(st.sampled_from(("db=0", "db=1,15,1", "alldbs", "resetdbs")))
    return st.one_of(rules)


def _is_accepted(text: str, vocabulary: Vocabulary) -> bool:
    try:
        checked_access_string(text, vocabulary)
    except AccessStringError:
        return False
    return True
