"""Addresses of containers that start side by side, as Compose starts them: those of a network are the same in every
run, and which container gets which is chance."""

from __future__ import annotations

import ipaddress
import re

Address = ipaddress.IPv4Interface | ipaddress.IPv6Interface

# As macros/lab/parsers.py writes it: "+ address 172.18.0.2/16 in lab-web on lab-net".
GIVEN = re.compile(r"\+ address (?P<address>[\da-f.:]+/\d+) in (?P<owner>\S+) on (?P<network>\S+)$")

# No digit of an address before or after it: a port may follow one of IPv4.
BEFORE, AFTER = r"(?<![\w:.])", {4: r"(?![\w]|\.\d)", 6: r"(?![\w:])"}


def as_given(expected: list[str], actual: list[str], known: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """What another run changed, with its addresses as the containers of the expected one have them; and which address
    then stands where which of that run was, for the steps that follow.

    expected, actual: lines of macros/lab/changes.py; known: the second value, as the steps before left it. Addresses
    change places only among the containers of a network that all get theirs in this step: no other address comes in.
    """
    now = dict(known)
    theirs = _owners(actual)
    for network, owners in _owners(expected).items():
        now |= _places(owners, theirs.get(network, {}), known)
    return [placed(line, known if line.startswith("- ") else now) for line in actual], now


def placed(line: str, places: dict[str, str]) -> str:
    """A line with each address that has another one's place replaced by that."""
    wanted = {address: other for address, other in places.items() if address != other}
    if not wanted:
        return line
    pattern = "|".join(f"{re.escape(address)}{AFTER[ipaddress.ip_address(address).version]}" for address in wanted)
    return re.sub(f"{BEFORE}(?:{pattern})", lambda match: wanted[match[0]], line)


def _owners(changes: list[str]) -> dict[str, dict[tuple[str, int], Address]]:
    """By network the address of each container that got one, for each version of IP."""
    found: dict[str, dict[tuple[str, int], Address]] = {}
    for match in filter(None, map(GIVEN.match, changes)):
        address = ipaddress.ip_interface(match["address"])
        found.setdefault(match["network"], {})[match["owner"], address.version] = address
    return found


def _places(mine: dict[tuple[str, int], Address], theirs: dict[tuple[str, int], Address],
            known: dict[str, str]) -> dict[str, str]:  # fmt: skip
    """Which address of one network stands where which of the other run was; {} if no change of places makes them alike.

    The networks themselves may differ (172.18 and 172.19): what is compared is the part of an address that is the
    host's.
    """
    if mine.keys() != theirs.keys():
        return {}
    wanted = {owner: _host(address) for owner, address in mine.items()}
    got, through = (sorted(map(_host, those)) for those in
                    (theirs.values(), [_through(address, known) for address in theirs.values()]))  # fmt: skip
    if sorted(wanted.values()) not in (got, through):
        return {}
    return {str(address.ip): str(address.network.network_address + wanted[owner][1])
            for owner, address in theirs.items()}  # fmt: skip


def _through(address: Address, known: dict[str, str]) -> Address:
    return ipaddress.ip_interface(f"{known.get(str(address.ip), address.ip)}/{address.network.prefixlen}")


def _host(address: Address) -> tuple[int, int]:
    return address.version, int(address.ip) - int(address.network.network_address)
