"""Ready frames under Daphne, which has no quick way of its own.

Its ``send`` goes through autobahn, which builds the frame anew for each peer, to Twisted's transport, which buffers it
and asks the event loop to be told when the socket can be written to. It nearly always can, at once.
"""

from typing import Any, Final

OPEN: Final = 3
"""autobahn's state of a socket that is neither opening nor closing."""


class DaphneSocket:
    """Writes to the TCP transport of one of Daphne's protocols, behind all that it has buffered."""

    __slots__ = ("_protocol", "_transport")

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._transport = protocol.transport

    @classmethod
    def of(cls, protocol: Any) -> "DaphneSocket | None":
        """None where frames are compressed, cut or encrypted, or where this is not Daphne's protocol."""
        transport = getattr(protocol, "transport", None)
        if type(protocol).__module__ != "daphne.ws_protocol" or type(transport).__module__ != "twisted.internet.tcp":
            return None
        if protocol._perMessageCompress is not None or protocol.autoFragmentSize or getattr(transport, "TLS", False):
            return None
        return cls(protocol)

    def is_clear(self) -> bool:
        """Whether the socket is open, and nothing but bytes waits to be written."""
        protocol = self._protocol
        return protocol.state == OPEN and not protocol.send_queue

    def put(self, data: bytes) -> None:
        """Write what the kernel takes now, and have Twisted write the rest.

        Raises:
            RuntimeError: the socket is closing.
        """
        transport = self._transport
        if not self.is_clear() or not transport.connected:
            raise RuntimeError("The socket is closing.")
        if transport.dataBuffer or transport._tempDataBuffer:
            transport.write(data)
            return
        written = transport.writeSomeData(data)
        if not isinstance(written, int):
            transport.write(data)  # The connection is lost. Twisted finds that out once more, where it can say so.
        elif written < len(data):
            transport.write(data[written:])
