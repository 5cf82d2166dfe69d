"""Every field that can be compared, by the name rule sets and frames use for it."""

from rules.address import PLACE, STREET
from rules.category import CATEGORY
from rules.company import COMPANY
from rules.date import DATE
from rules.email import EMAIL
from rules.field import Field
from rules.identifier import IDENTIFIER
from rules.name import FAMILY, GIVEN, MIDDLE, SUFFIX
from rules.phone import PHONE
from rules.social import SOCIAL

FIELDS: dict[str, Field] = {
    "given": GIVEN,
    "middle": MIDDLE,
    "family": FAMILY,
    "suffix": SUFFIX,
    "email": EMAIL,
    "phone": PHONE,
    "company": COMPANY,
    "street": STREET,
    "place": PLACE,
    "birth_date": DATE,
    "identifier": IDENTIFIER,
    "social": SOCIAL,
    "category": CATEGORY,
}
