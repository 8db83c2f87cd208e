"""Tokens of a real OpenID provider, made by others."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.domain.errors import NotAuthenticated
from mohar.testing.deployments import copy_deployment

HERE = Path(__file__).resolve().parent / "oidc"
ROOT = HERE.parents[2]
SECTION = """
access:
  issuers:
    - name: idp
      issuer: {issuer}
      audience: mohar
      jwks: {{url: "{issuer}/jwks"}}
      roles: {{reader: reader}}
      actor_claim: client_id
  roles:
    - {{name: reader, scopes: ["read:vaccination"]}}
"""


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node, in which the provider is written, is not on this machine")
    with subprocess.Popen([node, "provider.mjs"], cwd=HERE, stdout=-1, stderr=-3) as server:
        assert server.stdout is not None
        try:
            address = server.stdout.readline().decode().strip()
            assert address, "the provider did not start: tools/setup-test.sh installs it"
            yield address
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def house(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = copy_deployment(ROOT, "india", tmp_path_factory.mktemp("openid"))
    file = folder / "deployment.yaml"
    text = file.read_text(encoding="utf-8")
    before, _, after = text.partition("\naccess:\n")
    rest = after[after.index("\nsinks:\n") :]
    file.write_text(before + SECTION.format(issuer=issuer) + rest, encoding="utf-8")
    generate_missing(folder)
    with open_store(folder) as store:
        store.upgrade()
    with build_house(folder) as house:
        yield house


def token_of(issuer: str, **asked: str) -> str:
    answer = httpx.post(
        f"{issuer}/token",
        data={"grant_type": "client_credentials", **asked},
        auth=("partner", "a-secret-for-this-test-alone"),
    )
    return str(answer.raise_for_status().json()["access_token"])


class TestProvider:
    def test_its_access_token_gives_the_role_of_its_scope(self, house: House, issuer: str) -> None:
        actor = house.callers.admit(token_of(issuer, scope="reader"))

        assert actor.roles == {"reader"}
        assert actor.actor_id.startswith("oidc:idp:")
        assert "partner" not in actor.actor_id
        assert house.permits.allows(actor, "read", "vaccination")
        assert not house.permits.allows(actor, "issue", "vaccination")

    def test_without_the_scope_there_is_no_role(self, house: House, issuer: str) -> None:
        assert not house.callers.known(token_of(issuer)).roles

    def test_a_token_that_was_changed_is_refused(self, house: House, issuer: str) -> None:
        header, claims, signature = token_of(issuer, scope="reader").split(".")
        turned = signature[:10] + ("A" if signature[10] != "A" else "B") + signature[11:]

        with pytest.raises(NotAuthenticated):
            house.callers.known(f"{header}.{claims}.{turned}")
