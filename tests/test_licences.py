"""Every dependency has a licence that goes with ours, and the table says so."""

import pytest

from deploy import licences


def test_the_table_is_that_of_the_lock_and_every_licence_goes_with_ours():
    assert licences.TABLE.read_text(encoding="utf-8") == licences.page(), "make licences"


@pytest.mark.parametrize("expression", ["GPL-3.0-only", "AGPL-3.0", "MIT AND GPL-2.0-only", "Proprietary", "SSPL-1.0"])
def test_a_licence_that_does_not_go_with_ours_or_is_unknown_is_refused(expression):
    with pytest.raises(licences.UnknownLicenceError, match="x is under"):
        licences.note("x", expression)


@pytest.mark.parametrize("expression", ["MIT", "GPL-2.0-only OR MIT", "(Apache-2.0 OR BSD-2-Clause) AND Zlib"])
def test_where_there_is_a_choice_one_that_goes_with_ours_is_enough(expression):
    assert licences.note("x", expression) == ""


def test_a_package_that_is_not_there_is_not_taken_for_free():
    with pytest.raises(licences.UnknownLicenceError, match="not installed"):
        licences.licence("no-such-package-of-anybody")
