"""Promises of reading CSV: what people's spreadsheets write is read, and every record knows its line and place."""

from pathlib import Path

import pytest

from connectors.spreadsheets import formula_safe, without_guard
from people import csv_files
from people.csv_files import BadFile, head, records


def kept(folder: Path, content: bytes) -> Path:
    path = folder / "file.csv"
    csv_files.keep([content[:7], content[7:]], path)
    return path


def rows(path: Path) -> list[list[str]]:
    beginning = head(path)
    return [each.values for each in records(path, beginning.delimiter, beginning.end, beginning.end_line)]


@pytest.mark.parametrize(
    "content",
    [
        b"id,name\n1,Ann\n",
        b"id,name\r\n1,Ann\r\n",
        b"id,name\r1,Ann\r",
        b"id,name\n1,Ann",
        b"\xef\xbb\xbfid,name\n1,Ann\n",
        b"id;name\n1;Ann\n",
        b"id\tname\n1\tAnn\n",
        b"id|name\n1|Ann\n",
        b'"id","name"\n"1","Ann"\n',
        b'"i;;;d",name\n1,Ann\n',
        b"id,name\n\n1,Ann\n\n",
        "id,name\n1,Ann\n".encode("utf-16"),
    ],
)
def test_every_way_to_write_a_table_is_read(tmp_path: Path, content: bytes):
    path = kept(tmp_path, content)

    assert len(head(path).columns) == 2
    assert rows(path) == [["1", "Ann"]]


def test_old_encoding_is_read(tmp_path: Path):
    assert rows(kept(tmp_path, "id,name\n1,Müller–€\n".encode("cp1252"))) == [["1", "Müller–€"]]


def test_quotes_may_hold_newlines_delimiters_and_quotes(tmp_path: Path):
    path = kept(tmp_path, b'id,note\n1,"a\nb,""c"""\n2,x\n')

    assert [(each.line, each.end_line, each.values) for each in records(path, ",", 8, 2)] == [
        (2, 4, ["1", 'a\nb,"c"']),
        (4, 5, ["2", "x"]),
    ]


def test_reading_goes_on_exactly_after_any_record(tmp_path: Path):
    path = kept(tmp_path, 'id,note\n1,"ü\nb"\n2,"漢"\n\n3,c\n'.encode())
    whole = list(records(path, ",", 0, 1))

    for place, record in enumerate(whole):
        assert list(records(path, ",", record.end, record.end_line)) == whole[place + 1 :]


def test_unclosed_quote_costs_its_own_line_only(tmp_path: Path):
    lines = b"".join(b"%d,fine\n" % number for number in range(2000))
    path = kept(tmp_path, b'id,note\n1,"never closed\n' + lines)

    found = list(records(path, ",", 8, 2))

    assert (found[0].line, bool(found[0].error), found[1].line, found[1].values) == (2, True, 3, ["0", "fine"])
    assert [each.values[0] for each in found[1:]] == [str(number) for number in range(2000)]


def test_endless_line_is_one_error(tmp_path: Path):
    path = kept(tmp_path, b"id,note\n1," + b"x" * 3_000_000 + b"\n2,fine\n")

    assert [(each.line, each.values) for each in records(path, ",", 8, 2)] == [(2, []), (3, ["2", "fine"])]


def test_nul_stays_in_its_value(tmp_path: Path):
    assert rows(kept(tmp_path, b"id,name\n1,a\x00b\n2,c\n")) == [["1", "a\x00b"], ["2", "c"]]


def test_columns_of_the_same_name_are_told_apart(tmp_path: Path):
    assert head(kept(tmp_path, b"id,email,email,,\n1,a,b,c,d\n")).columns == [
        "id", "email", "email (2)", "Column 4", "Column 5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content", [b"", b"\xef\xbb\xbf", b"\n", b" , ,\n1,2,3\n", b"," * 600 + b"\n", b"x" * 2_000_000]
)
def test_file_without_column_names_is_refused(tmp_path: Path, content: bytes):
    with pytest.raises(BadFile):
        head(kept(tmp_path, content))


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1 ", "+1-1", "+١", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"]
)
def test_formulas_are_made_harmless(cell: str):
    assert formula_safe(cell) == f"'{cell}"
    assert formula_safe("x" + cell) == "x" + cell
    assert without_guard(formula_safe(cell)) == cell


@pytest.mark.parametrize("cell", ["+4930123", "'", "'tis", "", "x"])
def test_phone_numbers_and_plain_texts_stay_as_they_are(cell: str):
    assert (formula_safe(cell), without_guard(cell)) == (cell, cell)


def test_our_own_files_are_read_again(tmp_path: Path):
    with csv_files.put_aside(csv_files.lines([["Name", "Phone"], ["Ñandú", "+55119"]])) as file:
        content = file.read()
    path = kept(tmp_path, content)

    assert content.startswith(b"\xef\xbb\xbf")
    assert (head(path).columns, head(path).sample) == (["Name", "Phone"], [["Ñandú", "+55119"]])
