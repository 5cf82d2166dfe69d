"""Plain words for numbers, fields and levels. Nothing here knows a terminal or a page."""

import re
import unicodedata

SECONDS_A_CASE = 10
"""What a steward needs for one case; review times are multiples of it."""

FIELD_WORDS = {
    "given": "first name",
    "middle": "middle name",
    "family": "last name",
    "suffix": "suffix (Jr, Sr)",
    "name": "full name",
    "street": "street address",
    "place": "town",
    "birth_date": "birth date",
    "identifier": "id number",
    "social": "social profile",
    "start": "to begin with",
    "other explanations": "other strangers",
    "rarity": "rare values",
}
REST_WORDS = {
    "against chance": "against strangers who met by chance",
    "against household": "against strangers who live together",
    "against colleague": "against colleagues",
    "against namesake": "against namesakes",
    "may be strangers of another kind": "they may be strangers of another kind",
}
"""What the model says besides the fields, as people put it."""
RARITY = "values that agree are rarer (+) or commoner (-) than usual"
KEY_WORDS = {
    "same": "same {0}",
    "mailbox": "same mailbox",
    "letters": "letters of the {0}",
    "digits": "digits of the {0}",
    "sound": "{0} in another alphabet",
    "phonetic": "sound of the {0}",
    "first3": "start of the {0}",
    "last3": "end of the {0}",
    "root": "{0} or nickname",
    "skeleton": "consonants of the {0}",
    "initial": "initial of the {0}",
    "first4": "start of the {0}",
    "start": "start of the {0}",
    "deletes": "{0} but for one character",
    "first_word": "first word of the {0}",
    "city": "same town",
    "city4": "start of the town",
    "postal": "same postal code",
    "street": "same street",
    "number": "house number",
    "year": "year of birth",
    "month_day": "month and day of birth",
}
FAMILY_WORDS = {
    "email": "same email",
    "mailbox": "same mailbox",
    "email_name": "same letters in the email",
    "email_digits": "same digits in the email",
    "phone": "same phone",
    "phone_digits": "same digits in the phone",
    "identifier": "same id number",
    "social": "same social profile",
    "full_name": "same name or nickname",
    "family_initial": "last name and initial",
    "sounds": "names that sound alike",
    "names": "same names in either order",
    "names_start": "names that begin alike, in either order",
    "names_sound": "names that are written alike in another alphabet, in either order",
    "names_three": "two of the names, in whatever order",
    "ends": "both names end alike",
    "family_company": "last name and company",
    "family_place": "last name, initial and town",
    "family_postal": "last name and postal code",
    "family_street": "last name and street",
    "given_company": "first name and company",
    "given_city": "first name and town",
    "family_city": "last name and town",
    "given_street": "first name and street address",
    "street_place": "street address and postal code",
    "family_typo": "last name but for a letter, and initial",
    "phone_typo": "phone but for a digit",
    "mailbox_start": "start of the email and initial of the last name",
    "given_middle": "first and middle name",
    "born_initial": "birthday and initial of the last name",
    "born_city": "birthday and town",
    "born_postal": "birthday and postal code",
    "year_postal": "year of birth and postal code",
    "postal_initials": "postal code and initials",
    "postal_number": "postal code and house number",
    "company_initials": "start of the company and initials",
    "company_city": "start of the company and town",
    "company_name": "same company",
    "company_letters": "consonants of the company",
    "city_postal": "start of the town and postal code",
    "born": "same birth date",
    "born_family": "last name and year of birth",
    "born_given": "initial and birthday",
    "year_given": "first name and year of birth",
    "year_place": "town and year of birth",
    "company_place": "company and town",
    "company_street": "company and street",
}
"""The key families of the shipped rule set; those of other rule sets are called by their names."""
EQUAL, ALIKE, UNEQUAL, ONE_SIDE = "=", "~", "≠", "∅"
MARK_WORDS = {EQUAL: "same", ALIKE: "alike", UNEQUAL: "different", ONE_SIDE: "one side empty"}

_SPEAKING = re.compile(r"[\w.]+(?= (?:agrees|differs)\b)")
_DIFFERENT = ("different", "conflict")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_HARMLESS_SPACE = str.maketrans({"\n": " ", "\r": " ", "\t": " "})


def number(value: float) -> str:
    """`1234567` -> "1,234,567"."""
    return f"{value:,.0f}"


def expected(value: float) -> str:
    """An expected number, which is no whole one: "under 1" rather than nothing."""
    return "under 1" if 0.05 <= value < 0.5 else number(value)


def large(value: float) -> str:
    """A number of any size in few characters: from ten million on in millions or billions."""
    for size, word in ((10**12, "trillion"), (10**9, "billion"), (10**6, "M")):
        if value >= size * (10 if word == "M" else 1):
            return f"{value / size:,.2f} {word}"
    return number(value)


def count(value: int, one: str, many: str | None = None) -> str:
    """`count(1, "record")` -> "1 record"; `count(0, "person", "people")` -> "0 people"."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def likely(probability: float) -> str:
    """A probability in words; more than two digits would pretend to know too much."""
    if probability > 0.995:
        return "over 99 in 100"
    if probability < 0.005:
        return "under 1 in 100"
    return f"{probability * 100:.0f} in 100"


def signed(weight: float) -> str:
    """A weight in bits with its sign and at most two digits that count, never "-0.0"."""
    text = f"{weight:+.0f}" if abs(weight) >= 9.95 else f"{weight:+.1f}"
    return "0" if float(text) == 0 else text


def share(part: float, whole: float) -> str:
    """A percentage that never rounds something to nothing, or nearly all to all."""
    if not whole:
        return "-"
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "<1%"
    if 99 < percent < 100:
        return ">99%"
    return f"{percent:.0f}%"


def review_time(cases: int) -> str:
    """How long a steward needs, in words."""
    minutes = cases * SECONDS_A_CASE / 60
    if minutes < 1:
        return "under a minute" if cases else "no time"
    return f"about {minutes:.0f} min" if minutes < 90 else f"about {minutes / 60:,.0f} h"


def seconds(value: float) -> str:
    """Seconds as a reader wants them: one decimal below a minute."""
    return f"{value:.1f} s" if value < 60 else f"{value / 60:.1f} min"


def field_word(name: str) -> str:
    """What people call a compared field."""
    return FIELD_WORDS.get(name) or name.removeprefix("category.").replace("_", " ")


def reason_words(reason: str) -> str:
    """What the model says besides the fields, for people."""
    spoken = _SPEAKING.sub(lambda found: field_word(found[0]), reason)
    return REST_WORDS.get(reason, spoken)


def key_words(parts: list[str]) -> str:
    """What two records must share, in words: ["family.phonetic", "place.city"] -> "last name ... + same town"."""
    words = []
    for part in parts:
        field, _, key = part.partition(".")
        words.append(KEY_WORDS.get(key, f"{key} of the {{0}}").format(field_word(field)))
    return " + ".join(words)


def family_words(name: str) -> str:
    """What people call a family of keys."""
    return FAMILY_WORDS.get(name, name.replace("_", " "))


def mark(level: str | None) -> str:
    """The sign of a level: = ~ ≠, and ∅ where one side is empty."""
    if level is None:
        return ONE_SIDE
    if level == "same" or level.startswith("same,"):
        return EQUAL
    return UNEQUAL if level.startswith(_DIFFERENT) else ALIKE


def one_line(text: str) -> str:
    """Text without control characters and line breaks, which a terminal obeys and a page may not hold."""
    text = text.translate(_HARMLESS_SPACE)
    if text.isprintable():
        return text
    return "".join("\ufffd" if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in text)


def printable(text: str) -> str:
    """`one_line` without direction marks too: on a terminal they make a line read differently from what it says."""
    return _DIRECTION.sub("\ufffd", one_line(text))


def clipped(text: str, most: int) -> str:
    """At most so many characters, with a sign that something was left out."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
