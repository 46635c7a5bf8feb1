"""The keys that access tokens are checked with are for everybody, signed in or not."""

from tests.auth_service.visitor import Visitor


async def test_anybody_reads_the_public_keys(visitor: Visitor) -> None:
    await visitor.register()
    signed_in = await visitor.sign_in()

    for person in (visitor, signed_in):
        answer = await person.call("GET", "/.well-known/jwks.json")
        assert answer.status_code == 200
        (key,) = answer.json()["keys"]
        assert "d" not in key
