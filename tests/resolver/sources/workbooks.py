"""Workbooks written by hand, with what no program would write."""

import io
import zipfile

SPACE = "http://schemas.openxmlformats.org"
PARTS = {
    "[Content_Types].xml": f"""<Types xmlns="{SPACE}/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/></Types>""",
    "_rels/.rels": f"""<Relationships xmlns="{SPACE}/package/2006/relationships"><Relationship Id="rId1"
Type="{SPACE}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
    "xl/workbook.xml": f"""<workbook xmlns="{SPACE}/spreadsheetml/2006/main"
xmlns:r="{SPACE}/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets>
</workbook>""",
    "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{SPACE}/package/2006/relationships"><Relationship
Id="rId1" Type="{SPACE}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>
</Relationships>""",
}
SHEET = "xl/worksheets/sheet1.xml"


def cell(place, text):
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def sheet(*rows, before=""):
    """rows: (number, cells)."""
    data = "".join(f'<row r="{number}">{"".join(cells)}</row>' for number, cells in rows)
    space = f"{SPACE}/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{space}"><sheetData>{data}</sheetData></worksheet>'


def book(text, **more):
    """The bytes of a workbook with one sheet. more: further members, or None for one that is left out."""
    parts = {**PARTS, SHEET: text, **more}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            if part is not None:
                packed.writestr(name, part)
    return made.getvalue()
