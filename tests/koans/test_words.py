"""The words of the domains."""

import itertools

import pytest

from sleepy_koans.words import DOMAINS, Words

# Names that templates use by themselves; a domain's word of that name would be declared twice.
FREE = """
name names value values total number line lines text field fields key state limit found made result left right first
second other self new all one none some entry entries order log report index position at from to by length amount
error errors code parse parsed next previous current source target message data buffer path id inner outer reference
summary status days record records accept install print query schedule cancel
"""


def test_no_word_of_a_domain_is_a_name_that_templates_use_themselves() -> None:
    for domain in itertools.chain(*DOMAINS.values()):
        assert not set(domain.words.values()) & set(FREE.split()), domain.words["Item"]


@pytest.mark.parametrize("text", [text for domain in itertools.chain(*DOMAINS.values()) for text in domain.texts])
def test_what_things_are_called_is_no_number_to_rust(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        float(text)  # takes all that Rust's integers and floats take, and more
    assert text not in ("true", "false")


def test_no_domain_of_one_split_is_met_in_another() -> None:
    things = [domain.words["Item"] for domain in itertools.chain(*DOMAINS.values())]
    assert len(things) == len(set(things))


def test_numbers_ascend_and_the_same_seed_says_the_same() -> None:
    for seed in map(str, range(30)):
        words, again = Words.of("train", seed), Words.of("train", seed)
        numbers = [int(words[f"n{n}"]) for n in range(1, 7)]
        assert numbers == sorted(set(numbers))
        assert [words[key] for key in ("Item", "Int", "text1", "name3")] == [
            again[key] for key in ("Item", "Int", "text1", "name3")
        ]
