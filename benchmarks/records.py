"""From what is true of a person to what a record says: each function gives some columns of the export, and their marks.

A mark says what was done to a value ("nickname", "typo", "" for nothing), so that rates can be counted and tests can
check that the value really is what its mark says.
"""

import numpy as np
import polars as pl

from benchmarks.damage import (
    Mask,
    email_typo,
    odd_case,
    phone_text,
    pick,
    plus_tag,
    short_title,
    street_text,
    typo,
    where,
    wrong_digit,
)
from benchmarks.vocabulary import LEGAL_FORMS

NICKNAME, LEGAL_FORM_STYLES = 0.08, 5


def choice(rng: np.random.Generator, count: int, **shares: float) -> pl.Series:
    """One of the words, each with its share, or "" for the rest."""
    return pick(rng, count, [*shares, ""], [*shares.values(), 1 - sum(shares.values())])


def names(people: pl.DataFrame, case: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """first_name and last_name."""
    count = len(people)
    given_mark = choice(rng, count, typo=0.05, initial=0.03, missing=0.02)
    # Only some names have a short form, so it is used more often by those who have one.
    free = (given_mark == "").to_numpy() & people["nickname"].is_not_null().to_numpy()
    nick = free & (rng.random(count) < NICKNAME / max(free.mean(), NICKNAME))
    given_mark = given_mark.set(pl.Series(nick), "nickname")
    first = people["nickname"].zip_with(pl.Series(nick), people["given"])
    first = where(_is(given_mark, "typo"), first, lambda name: typo(name, rng))
    first = where(
        _is(given_mark, "initial"), first, lambda name: name.str.slice(0, 1) + pick(rng, len(name), ("", "."))
    )
    first = first.set(given_mark == "missing", None)

    family_mark = choice(rng, count, typo=0.06, double=0.01)
    last = where(_is(family_mark, "typo"), people["family"], lambda name: typo(name, rng))
    last = (last + pick(rng, count, ("-", " ")) + people["other_family"]).zip_with(family_mark == "double", last)
    swapped = pl.Series(rng.random(count) < 0.02) & first.is_not_null()
    return pl.DataFrame(
        {
            "first_name": odd_case(last.zip_with(swapped, first), case),
            "last_name": odd_case(first.zip_with(swapped, last), case),
            "given": people["given"],
            "nickname": people["nickname"],
            "family": people["family"],
            "given_mark": given_mark,
            "family_mark": family_mark,
            "renamed": people["renamed"],
            "swapped": swapped,
            "case": case,
        }
    )


def emails(people: pl.DataFrame, companies: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """email: the private one, the one at work, info@ the company, or none."""
    count = len(people)
    kind = choice(rng, count, private=0.45, work=0.30, info=0.03)
    clean = pl.DataFrame({"kind": kind, "domain": companies["domain"]}, strict=False).with_columns(
        people["private_email"], people["work_email"]
    ).select(
        pl.when(pl.col("kind") == "private").then("private_email")
        .when(pl.col("kind") == "work").then("work_email")
        .when(pl.col("kind") == "info").then(pl.lit("info@") + pl.col("domain"))
    ).to_series()  # fmt: skip
    mark = choice(rng, count, typo=0.03, plus=0.02).set(kind == "", "")
    # A tag belongs to somebody's own mailbox.
    mark = mark.set((mark == "plus") & (kind != "private"), "")
    email = where(_is(mark, "typo"), clean, lambda address: email_typo(address, rng))
    email = where(_is(mark, "plus"), email, lambda address: plus_tag(address, rng))
    email = where(rng.random(count) < 0.04, email, lambda address: address.str.to_uppercase())
    email = where(rng.random(count) < 0.04, email, _capitals)
    return pl.DataFrame({"email": email, "clean_email": clean, "email_kind": kind, "email_mark": mark})


def phones(
    people: pl.DataFrame, homes: pl.DataFrame, companies: pl.DataFrame, rng: np.random.Generator
) -> pl.DataFrame:
    """phone: the mobile, the landline of the home, the switchboard of the company, or none."""
    count = len(people)
    kind = choice(rng, count, mobile=0.45, landline=0.15, switchboard=0.10)
    by_kind = {"mobile": people["mobile"], "landline": homes["landline"], "switchboard": companies["switchboard"]}
    number = pl.repeat(None, count, dtype=pl.Int64, eager=True)
    for name, numbers in by_kind.items():
        number = numbers.zip_with(kind == name, number)
    mark = choice(rng, count, wrong=0.02).set(kind == "", "")
    dialled = where(_is(mark, "wrong"), number, lambda numbers: wrong_digit(numbers, rng))
    return pl.DataFrame(
        {"phone": phone_text(dialled, rng), "clean_phone": number, "phone_kind": kind, "phone_mark": mark}
    )


def works(people: pl.DataFrame, companies: pl.DataFrame, case: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """company with one way of writing its legal form, and job_title."""
    count = len(people)
    mark = choice(rng, count, missing=0.40, typo=0.06)
    name = where(_is(mark, "typo"), companies["company"], lambda text: typo(text, rng))
    forms = pl.Series([style for styles in LEGAL_FORMS for style in styles])
    style = rng.integers(0, LEGAL_FORM_STYLES, count)
    name = name + forms.gather(companies["form"].to_numpy() * LEGAL_FORM_STYLES + style)
    title = where(rng.random(count) < 0.3, people["title"], short_title)
    return pl.DataFrame(
        {
            "company": odd_case(name, case).set(mark == "missing", None),
            "job_title": odd_case(title, case).set(pl.Series(rng.random(count) < 0.5), None),
            "clean_company": companies["company"],
            "company_mark": mark,
        }
    )


def addresses(homes: pl.DataFrame, case: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """street, city, postal_code and state: all or none."""
    count = len(homes)
    gone = pl.Series(rng.random(count) < 0.5)
    mark = choice(rng, count, typo=0.04)
    clean = street_text(homes, rng)
    return pl.DataFrame(
        {
            "street": odd_case(where(_is(mark, "typo"), clean, lambda text: typo(text, rng)), case).set(gone, None),
            "city": odd_case(homes["city"], case).set(gone, None),
            "postal_code": homes["postal_code"].set(gone, None),
            "state": homes["state"].set(gone, None),
            "clean_street": clean,
            "street_mark": mark,
        }
    )


def _is(marks: pl.Series, mark: str) -> Mask:
    return (marks == mark).to_numpy()


def _capitals(address: pl.Series) -> pl.Series:
    """ann.lee@x.com -> Ann.Lee@x.com."""
    parts = address.str.split_exact("@", 1).struct.unnest()
    return parts["field_0"].str.to_titlecase() + "@" + parts["field_1"]
