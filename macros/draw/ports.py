"""Published ports as they stand beside a container in a drawing."""

from __future__ import annotations

from collections.abc import Iterable

from macros.draw import svg
from macros.draw.model import PublishedPort

LOOPBACK = ("127.", "::1")


def chips(ports: Iterable[PublishedPort], limit: float) -> list[tuple[str, str, str]]:
    """("0.0.0.0:8080 → 80/tcp", the same uncut, its lane) of each; 0.0.0.0 and :: are one where that fits."""
    found: list[tuple[str, str, str]] = []
    hosts: dict[tuple[int, int, str], list[str]] = {}
    for port in ports:
        hosts.setdefault((port.host_port, port.container_port, port.protocol), []).append(port.host_ip)
    for (outer, inner, protocol), addresses in hosts.items():
        shown = [f"[{ip}]" if ":" in ip else ip for ip in addresses]
        tail = f":{outer} → {inner}/{protocol}"
        room = limit - svg.text_width(tail, 12, mono=True)
        if set(addresses) == {"0.0.0.0", "::"} and svg.text_width(", ".join(shown), 12, mono=True) <= room:
            shown = [", ".join(shown)]
        for ip, label in zip(addresses, shown, strict=False):
            lane = "lo" if ip.startswith(LOOPBACK) else "nic"
            found.append((svg.ellipsize(label, room, 12, mono=True) + tail, label + tail, lane))
    return found
