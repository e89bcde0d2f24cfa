"""A topology told in sentences, for those who do not see its picture.

The sentences come from a language's labels. Korean ones avoid particles that depend on the sound of a name.
"""

from __future__ import annotations

from collections.abc import Iterator

from macros.draw.model import Container, Network, Topology


def title(topology: Topology, words: dict[str, str]) -> str:
    """One line: whose networks these are."""
    return words["title"].format(host=topology.host.name)


def desc(topology: Topology, words: dict[str, str]) -> str:
    """The NIC, every network, every container with its addresses and ports; the order is the picture's."""
    host = topology.host
    key = "say_no_nic" if not host.interface else "say_host" if host.address else "say_nic"
    found = [words[key].format(host=host.name, interface=host.interface, address=host.address)]
    attached = {end.network for one in topology.containers for end in one.endpoints}
    for network in topology.networks:
        found += _network(network, words)
        if network.name not in attached and network.driver not in ("host", "null"):
            found.append(words["say_empty"].format(network=network.name))
    for container in topology.containers:
        found += _container(container, words)
    return " ".join(found)


def _network(network: Network, words: dict[str, str]) -> Iterator[str]:
    facts = [f"{words['driver']} {network.driver}"]
    facts += [f"{words['device']} {network.device}"] if network.device else []
    for label, values in ((words["subnet"], network.subnets), (words["gateway"], network.gateways)):
        facts += [f"{label} {', '.join(values)}"] if values else []
    yield words["say_network"].format(network=network.name, facts=", ".join(facts))
    if network.internal:
        yield words["say_internal"].format(network=network.name)


def _container(container: Container, words: dict[str, str]) -> Iterator[str]:
    name = container.name
    if container.state != "running":
        state = words.get(f"state_{container.state}", container.state)
        yield words["say_state"].format(container=name, state=state)
    for endpoint in container.endpoints:
        addresses = ", ".join(filter(None, (endpoint.address, endpoint.ipv6)))
        key = "say_no_address" if not addresses else "say_endpoint" if endpoint.interface else "say_address"
        yield words[key].format(container=name, network=endpoint.network, interface=endpoint.interface,
                                addresses=addresses)
    owner = container.mode.partition("container:")[2]
    if container.mode == "host":
        yield words["say_shares_host"].format(container=name)
    elif owner:
        yield words["say_shares"].format(container=name, owner=owner)
    elif not container.endpoints:
        yield words["say_no_network"].format(container=name)
    for port in container.ports:
        key = "say_port_anywhere" if port.host_ip in ("", "0.0.0.0") else "say_port"
        yield words[key].format(container=name, ip=port.host_ip, outer=port.host_port,
                                inner=port.container_port, protocol=port.protocol)
