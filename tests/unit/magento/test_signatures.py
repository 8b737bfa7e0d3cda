"""Signatures of Mage-OS events: what is accepted, and that everything else is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.magento.signatures import AcceptedTokens, sign

# Test case 2 of RFC 4231 for HMAC-SHA-256: a figure that our own code did not make.
RFC_TOKEN = "Jefe"
RFC_BODY = b"what do ya want for nothing?"
RFC_SIGNATURE = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_the_signature_is_hmac_sha256_in_lower_case_hex() -> None:
    assert sign(RFC_BODY, RFC_TOKEN) == RFC_SIGNATURE
    assert AcceptedTokens([RFC_TOKEN]).verify(RFC_BODY, [RFC_SIGNATURE])


tokens = st.text(min_size=1, max_size=40).filter(lambda token: token.strip())


@given(st.binary(max_size=300), tokens, tokens)
def test_both_tokens_are_accepted_while_they_are_being_changed(body: bytes, old: str, new: str) -> None:
    accepted = AcceptedTokens([old, new])
    assert accepted.verify(body, [sign(body, old)])
    assert accepted.verify(body, [sign(body, new)])


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_body_with_one_changed_bit_is_refused(body: bytes, data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[bit // 8] ^= 1 << bit % 8
    assert not AcceptedTokens(["t"]).verify(bytes(changed), [sign(body, "t")])


@given(st.binary(max_size=50), st.integers(0, 63), st.characters())
def test_a_signature_with_one_other_character_is_refused(body: bytes, place: int, character: str) -> None:
    right = sign(body, "t")
    wrong = right[:place] + character + right[place + 1 :]
    assert AcceptedTokens(["t"]).verify(body, [wrong]) == (wrong == right)


@pytest.mark.parametrize(
    "presented",
    [
        [],
        [""],
        [RFC_SIGNATURE[:-1]],
        [RFC_SIGNATURE + "0"],
        [RFC_SIGNATURE.upper()],
        [RFC_SIGNATURE + "\n"],
        [" " + RFC_SIGNATURE],
        ["sha256=" + RFC_SIGNATURE],
        [RFC_SIGNATURE, RFC_SIGNATURE],
        ["\uff10" * 64],
        ["\udce9" * 64],
    ],
)
def test_what_is_not_exactly_one_lower_case_hex_digest_is_refused(presented: list[str]) -> None:
    assert not AcceptedTokens([RFC_TOKEN]).verify(RFC_BODY, presented)


def test_the_signature_of_another_token_is_refused() -> None:
    assert not AcceptedTokens(["other"]).verify(RFC_BODY, [RFC_SIGNATURE])


def test_without_a_token_nothing_is_accepted() -> None:
    assert not AcceptedTokens([]).verify(RFC_BODY, [sign(RFC_BODY, "")])


@pytest.mark.parametrize("token", ["", " ", "\t"])
def test_an_empty_token_is_refused_at_set_up(token: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        AcceptedTokens(["good", token])


def test_tokens_are_not_shown_by_repr() -> None:
    assert repr(AcceptedTokens(["s3cr3t"])) == "AcceptedTokens(1)"
