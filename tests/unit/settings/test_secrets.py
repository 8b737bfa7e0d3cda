"""Secrets of the senders of webhooks: what can't be safe is refused when the file is read, without being shown."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.secrets import ConnectionSecrets, SecretsError, load_secrets

HEAD = 'token_keys = ["x"]\n[quickbooks]\nclient_id = "a"\nclient_secret = "b"\n[connections.main]\n'


def read(folder: Path, text: str) -> ConnectionSecrets:
    path = folder / "secrets.toml"
    path.touch(0o600)
    path.write_text(HEAD + text)
    return load_secrets(path).connection("main")


def public_pem(bits: int) -> str:
    key = rsa.generate_private_key(65_537, bits).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def test_every_sender_has_a_section_of_its_own(tmp_path: Path) -> None:
    pem = public_pem(2_048)
    text = (
        'webhook_tokens = ["t"]\n[connections.main.adobe_io]\nclient_id = "ca7b36f23be94dcb9d2ebb97f0276e3f"\n'
        f'[connections.main.commerce]\npublic_keys = ["""{pem}"""]\n'
        '[connections.main.mageplaza]\npasswords = ["a-long-password-1"]\n'
    )
    secrets = read(tmp_path, text)
    assert secrets.adobe_io is not None and secrets.adobe_io.client_id == "ca7b36f23be94dcb9d2ebb97f0276e3f"
    assert secrets.commerce is not None and secrets.commerce.public_keys == (pem,)
    assert secrets.mageplaza is not None and secrets.mageplaza.username == "bookbridge"
    assert "a-long-password-1" not in repr(secrets)


def test_a_sender_without_a_section_is_not_set_up(tmp_path: Path) -> None:
    secrets = read(tmp_path, "")
    assert (secrets.adobe_io, secrets.commerce, secrets.mageplaza) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('webhook_tokens = [" "]', "connections.main.webhook_tokens.0: Value error, is empty"),
        ('event_tokens = { "sales.order.created" = [""] }', "is empty: everybody could sign with it"),
        ('adobe_io = { client_id = "" }', "connections.main.adobe_io.client_id"),
        ("adobe_io = { }", "connections.main.adobe_io.client_id: Field required"),
        ("commerce = { public_keys = [] }", "connections.main.commerce.public_keys"),
        ('commerce = { public_keys = ["no-key-of-anybody"] }', "not a public key in PEM"),
        ('mageplaza = { passwords = ["too-short"] }', "connections.main.mageplaza.passwords.0"),
        ('mageplaza = { header_secrets = [""] }', "connections.main.mageplaza.header_secrets.0"),
        ('mageplaza = { password = "a-long-password-1" }', "connections.main.mageplaza.password"),
    ],
)
def test_what_can_not_be_safe_is_refused_by_name_and_not_shown(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SecretsError) as refused:
        read(tmp_path, text)
    assert named in str(refused.value)
    assert not any(secret in str(refused.value) for secret in ("too-short", "no-key-of-anybody", "a-long-password-1"))


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    der = base64.b64decode("".join(public_pem(1_024).splitlines()[1:-1]))
    pem = "-----BEGIN PUBLIC KEY-----\\n" + base64.b64encode(der).decode() + "\\n-----END PUBLIC KEY-----\\n"
    with pytest.raises(SecretsError, match="not an RSA key of 2048"):
        read(tmp_path, f'commerce = {{ public_keys = ["{pem}"] }}')


def test_a_file_that_is_no_text_is_refused_without_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "secrets.toml"
    path.touch(0o600)
    path.write_bytes(HEAD.encode() + b'webhook_tokens = ["hush\xff"]\n')
    with pytest.raises(SecretsError, match="is not a TOML document") as refused:
        load_secrets(path)
    assert "hush" not in str(refused.value)
