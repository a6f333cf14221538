"""Second factors without a device: passkeys as a browser would have registered them, and apps."""

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData


def passkey(user, name="Blue key"):
    """A passkey of hers by this name, made when she has none."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN, data__name=name).first()
    if found:
        return found
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    made = AttestedCredentialData.create(Aaguid.NONE, name.encode(), key)
    seen = AuthenticatorData.create(
        sha256(b"localhost"), AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT, 0, made
    )
    credential = {
        "id": websafe_encode(name.encode()),
        "rawId": websafe_encode(name.encode()),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(
                b'{"type":"webauthn.create","challenge":"AA","origin":"http://localhost"}'
            ),
            "attestationObject": websafe_encode(bytes(AttestationObject.create("none", seen, {}))),
        },
        "clientExtensionResults": {},
    }
    data = {"name": name, "credential": credential}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)


def app(user):
    """An authenticator app of hers."""
    return Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": ""})
