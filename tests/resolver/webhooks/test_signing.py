import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.webhooks import SignatureError, sign, verify

SECRET, NOW = "whsec_of-some-length-0123456789", 1_790_000_000
BODY = json.dumps({"id": "m1", "data": {"changes": []}}).encode()


def test_what_was_signed_is_verified():
    assert verify(SECRET, sign(SECRET, "m1", BODY, NOW), BODY, NOW) == json.loads(BODY)


def test_a_signature_is_made_as_the_guide_says():
    code = hmac.new(SECRET.encode(), f"{NOW}.".encode() + BODY, hashlib.sha256).hexdigest()
    assert sign(SECRET, "m1", BODY, NOW) == {
        "webhook-id": "m1",
        "webhook-timestamp": str(NOW),
        "webhook-signature": f"t={NOW},v1={code}",
    }


def test_the_names_of_headers_may_be_written_in_any_case():
    headers = {name.title(): value for name, value in sign(SECRET, "m1", BODY, NOW).items()}
    assert verify(SECRET, headers, BODY, NOW)["id"] == "m1"


def test_one_of_several_signatures_is_enough():
    headers = sign(SECRET, "m1", BODY, NOW)
    headers["webhook-signature"] += f", v1={'0' * 64}"
    assert verify(SECRET, headers, BODY, NOW)["id"] == "m1"


@pytest.mark.parametrize(
    ("signature", "why"),
    [
        (None, "has no signature"),
        ("", "is not of the form"),
        ("t=1", "is not of the form"),
        (f"v1={'0' * 64}", "is not of the form"),
        (f"t=x,v1={'0' * 64}", "is not of the form"),
        (f"t={NOW},t={NOW},v1={'0' * 64}", "is not of the form"),
        (f"t={NOW},v1={'0' * 64}", "is not of this message"),
    ],
)
def test_what_was_not_signed_is_refused(signature, why):
    headers = {} if signature is None else {"webhook-signature": signature}
    with pytest.raises(SignatureError, match=why):
        verify(SECRET, headers, BODY, NOW)


@pytest.mark.parametrize("late", [-301, 301])
def test_an_old_message_and_one_of_the_future_are_refused(late):
    with pytest.raises(SignatureError, match="too old"):
        verify(SECRET, sign(SECRET, "m1", BODY, NOW), BODY, NOW + late)


@given(st.binary(min_size=1), st.integers(0, 7), st.data())
def test_a_message_with_a_bit_changed_is_refused(body, bit, data):
    place = data.draw(st.integers(0, len(body) - 1))
    changed = bytearray(body)
    changed[place] ^= 1 << bit
    with pytest.raises(SignatureError, match="not of this message"):
        verify(SECRET, sign(SECRET, "m1", body, NOW), bytes(changed), NOW)
