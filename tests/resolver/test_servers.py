from __future__ import annotations

from pathlib import Path

import pytest

from poller.resolver.servers import system_servers


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("nameserver 192.0.2.1\n", ["192.0.2.1"]),
        (
            "# comment\nsearch acme.fi\nnameserver 2001:db8::1\n  nameserver\t192.0.2.1 # ours\n",
            ["2001:db8::1", "192.0.2.1"],
        ),
        ("nameserver fe80::1%eth0", ["fe80::1%eth0"]),
        ("nameserver 1\nnameserver 2\nnameserver 3\nnameserver 4\n", ["1", "2", "3"]),
        ("nameserver\noptions nameserver 192.0.2.1\n;nameserver 192.0.2.1\n", []),
        ("search ä\nnameserver 192.0.2.1\n", ["192.0.2.1"]),
        ("", []),
    ],
)
def test_the_first_three_servers_of_the_system(tmp_path: Path, text: str, addresses: list[str]) -> None:
    (tmp_path / "resolv.conf").write_text(text, encoding="latin-1")
    servers = system_servers(tmp_path / "resolv.conf")
    assert [server.address for server in servers] == addresses
    assert {server.port for server in servers} <= {53}


def test_without_resolv_conf_there_is_no_server(tmp_path: Path) -> None:
    assert system_servers(tmp_path / "none") == ()
    assert system_servers(tmp_path) == ()
