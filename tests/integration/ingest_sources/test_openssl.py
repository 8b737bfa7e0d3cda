"""RSA signatures held against openssl: what it signs is taken, and what the sandbox signs it verifies."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import orjson
import pytest

from sandbox.magento.webhooks.io_keys import new_pair
from shared.magento.rsa_signatures import public_key, verifies
from tests.integration.ingest_sources.support import (
    ADOBE,
    COMMERCE,
    KEY_1,
    World,
    adobe_event,
    adobe_headers,
    commerce_headers,
    pem,
    private_pem,
)

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
ORDER = orjson.dumps(adobe_event("observer.sales_order_save_commit_after", {"entity_id": "17"}))


def openssl(*words: str, data: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True, timeout=20).stdout


def openssl_sign(folder: Path, key: bytes, message: bytes) -> str:
    """Base64 of what `openssl dgst -sha256 -sign` makes of the message: PKCS #1 v1.5."""
    (folder / "key.pem").write_bytes(key)
    return base64.b64encode(openssl("dgst", "-sha256", "-sign", str(folder / "key.pem"), data=message)).decode()


async def test_adobe_io_takes_what_openssl_signs_over_the_raw_body(ready: World, tmp_path: Path) -> None:
    signature = openssl_sign(tmp_path, private_pem("adobe 1"), ORDER)
    headers = adobe_headers(ORDER, x_adobe_digital_signature_1=signature, x_adobe_digital_signature_2="")
    assert (await ready.send(ADOBE, ORDER, headers))[0] == 200
    in_base64 = openssl_sign(tmp_path, private_pem("adobe 1"), base64.b64encode(ORDER))
    headers = adobe_headers(ORDER, x_adobe_digital_signature_1=in_base64, x_adobe_digital_signature_2="")
    assert (await ready.send(ADOBE, ORDER, headers))[0] == 401


async def test_commerce_takes_what_openssl_signs_over_the_base64_of_the_body(ready: World, tmp_path: Path) -> None:
    body = b'{"data":{"order":{"entity_id":17}}}'
    for message, status in ((base64.b64encode(body), 200), (body, 401), (base64.b64encode(body) + b"\n", 401)):
        signature = openssl_sign(tmp_path, private_pem("commerce"), message)
        headers = commerce_headers(body) | {"x-adobe-commerce-webhook-signature": signature}
        assert (await ready.send(COMMERCE, body, headers))[0] == status


async def test_a_key_that_openssl_makes_is_one_that_we_fetch(ready: World, tmp_path: Path) -> None:
    private = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    ready.host.keys[KEY_1] = openssl("pkey", "-pubout", data=private)
    signature = openssl_sign(tmp_path, private, ORDER)
    headers = adobe_headers(ORDER, x_adobe_digital_signature_1=signature, x_adobe_digital_signature_2="")
    assert (await ready.send(ADOBE, ORDER, headers))[0] == 200


def test_openssl_verifies_what_the_sandbox_signs(tmp_path: Path) -> None:
    pair = new_pair()
    (tmp_path / "public.pem").write_bytes(pair.pem)
    (tmp_path / "signature").write_bytes(base64.b64decode(pair.sign(ORDER)))
    words = ("dgst", "-sha256", "-verify", str(tmp_path / "public.pem"), "-signature", str(tmp_path / "signature"))
    assert b"Verified OK" in openssl(*words, data=ORDER)
    assert verifies(public_key(pair.pem), ORDER, pair.sign(ORDER))


@pytest.mark.parametrize(
    "make",
    [
        lambda: openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
        lambda: openssl("genpkey", "-algorithm", "ED25519"),
    ],
    ids=["a short key", "a key of another kind"],
)
def test_other_keys_are_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match="not an RSA key of"):
        public_key(openssl("pkey", "-pubout", data=make()))


def test_what_is_no_key_is_refused() -> None:
    for text in (b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", pem("adobe 1")[:200]):
        with pytest.raises(ValueError, match="not a public key"):
            public_key(text)
