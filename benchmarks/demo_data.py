"""Write the sample exports of an invented firm: `python -m benchmarks.demo_data --out data/demo`.

Five systems hold the same generated people, each with its own headers, columns and habits. `truth.csv` says who is who.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks.files import MOMENT
from benchmarks.generate import generate

ROWS, SEED = 2_000, 2024


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="benchmarks.demo_data", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/demo"))
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    contacts = generate(ROWS, SEED).sort("record_id")
    for name, export in EXPORTS.items():
        data = export(contacts.filter(pl.col("source") == name.partition(".")[0]))
        (folder / name).write_bytes(data)
        print(f"{folder / name}: {len(data):,} bytes")
    contacts.select("source", "record_id", "truth_id").write_csv(folder / "truth.csv")


def crm(contacts: pl.DataFrame) -> bytes:
    """Everything, one column each."""
    return _text(
        contacts.select(
            pl.col("record_id").alias("Contact ID"),
            pl.col("first_name").alias("First Name"),
            pl.col("last_name").alias("Last Name"),
            pl.col("email").alias("Email"),
            pl.col("phone").alias("Phone"),
            pl.col("company").alias("Account"),
            pl.col("job_title").alias("Title"),
            pl.col("street").alias("Mailing Street"),
            pl.col("city").alias("Mailing City"),
            pl.col("state").alias("Mailing State"),
            pl.col("postal_code").alias("Mailing Zip Code"),
            pl.col("updated_at").alias("Last Modified Date"),
        )
    )


def webform(contacts: pl.DataFrame) -> bytes:
    """What visitors typed. Three rows are broken: one cell too many, cut off, and a byte that is not UTF-8."""
    renamed = contacts.select(
        id="record_id",
        created_at="updated_at",
        given_name="first_name",
        surname="last_name",
        e_mail="email",
        telephone="phone",
        organisation="company",
        role="job_title",
        town="city",
        zip="postal_code",
    )
    lines = _text(renamed).splitlines(keepends=True)
    whole = [number for number, line in enumerate(lines) if line.count(b",") == renamed.width - 1 and b'"' not in line]
    extra, short, foreign, accent = (whole[len(whole) * part // 5] for part in range(1, 5))
    # Nobody quoted the comma in a company's name.
    lines[extra] = _with_cell(lines[extra], 6, b"Reed, Diaz & Partners")
    lines[short] = b",".join(lines[short].split(b",")[:4]) + b"\n"
    # The same letter twice: as most of the file writes it, and as an old system does.
    lines[accent] = _with_cell(lines[accent], 6, "Café Lumière".encode())
    lines[foreign] = _with_cell(lines[foreign], 6, "Café Lumière".encode("latin-1"))
    return b"".join(lines)


def events(contacts: pl.DataFrame) -> bytes:
    """A German ticket shop: semicolons, a byte order mark, dates that begin with the day."""
    return _text(
        contacts.select(
            pl.col("record_id").alias("Kundennummer"),
            pl.col("first_name").alias("Vorname"),
            pl.col("last_name").alias("Nachname"),
            pl.col("email").alias("E-Mail"),
            pl.col("phone").alias("Telefon"),
            pl.col("company").alias("Firma"),
            pl.col("city").alias("Ort"),
            pl.col("postal_code").alias("PLZ"),
            pl.col("updated_at").dt.strftime("%d.%m.%Y %H:%M").alias("Geändert am"),
        ),
        separator=";",
        mark=True,
    )


def support(contacts: pl.DataFrame) -> bytes:
    """A help desk: tabs, and names with the family name first."""
    name = pl.concat_str("last_name", "first_name", separator=", ", ignore_nulls=True)
    return _text(
        contacts.select(
            "record_id",
            full_name=name,
            email="email",
            phone_number="phone",
            organization="company",
            last_modified="updated_at",
        ).rename({"record_id": "user_id"}),
        separator="\t",
    )


def billing(contacts: pl.DataFrame) -> bytes:
    """Invoices: the whole name in one column, the whole address in another."""
    area = pl.concat_str("state", "postal_code", separator=" ")
    return _text(
        contacts.select(
            customer_no="record_id",
            account_name=pl.concat_str("first_name", "last_name", separator=" ", ignore_nulls=True),
            company_name="company",
            billing_email="email",
            billing_phone="phone",
            billing_address=pl.concat_str("street", "city", area, separator=", "),
            updated_at="updated_at",
        )
    )


EXPORTS: Final[dict[str, Callable[[pl.DataFrame], bytes]]] = {
    "crm.csv": crm,
    "webform.csv": webform,
    "events.csv": events,
    "support.tsv": support,
    "billing.csv": billing,
}


def _text(table: pl.DataFrame, separator: str = ",", mark: bool = False) -> bytes:
    return table.write_csv(separator=separator, include_bom=mark, datetime_format=MOMENT).encode()


def _with_cell(line: bytes, place: int, cell: bytes) -> bytes:
    cells = line.split(b",")
    cells[place] = cell
    return b",".join(cells)


if __name__ == "__main__":
    main()
