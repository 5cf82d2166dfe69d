import codecs

import pytest

from resolver.sources.encoding import to_utf8

WESTERN = "id,name\n1,Jürgen Müßig\n2,Zoë\n3,François\n4,Ann\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (WESTERN.encode(), "utf-8"),
        (codecs.BOM_UTF8 + WESTERN.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + WESTERN.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + WESTERN.encode("utf-16-be"), "utf-16-be"),
        (WESTERN.encode("utf-16-le"), "utf-16-le"),
        (WESTERN.encode("cp1252"), "cp1252"),
    ],
)
def test_the_encoding_is_found(data: bytes, encoding: str) -> None:
    text = to_utf8(data)
    assert (text.data.decode(), text.encoding, text.repaired) == (WESTERN, encoding, 0)


def test_cyrillic_bytes_are_not_taken_for_western_ones() -> None:
    names = "имя,город\n" + "Иван Петрович,Москва\nОльга Смирнова,Новосибирск\nДмитрий Кузнецов,Екатеринбург\n" * 5
    assert to_utf8(names.encode("cp1251")).data.decode() == names


def test_a_few_bad_bytes_in_utf8_are_read_as_cp1252() -> None:
    text = to_utf8("1,Zoë\n2,Jürgen\n".encode() + b"3,Fran\xe7ois\n")
    assert text.data.decode() == "1,Zoë\n2,Jürgen\n3,François\n"
    assert (text.encoding, text.repaired) == ("utf-8", 1)
