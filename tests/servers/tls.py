"""Certificates of authorities of our own, and servers that are reached by TLS alone."""

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

CHUNK = 65536
POSTGRESQL = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
"""With this a client asks PostgreSQL for TLS, before it begins it."""


def certificate_of(address: str, folder: Path) -> tuple[Path, Path]:
    """The files of a key, and of a certificate of this IP address that is its own authority, for two days."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / f"key-of-{address}.pem", folder / f"certificate-of-{address}.pem"
    pem = serialization.Encoding.PEM
    plain = (pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files[0].write_bytes(key.private_bytes(*plain))
    files[1].write_bytes(made.public_bytes(pem))
    return files


@contextmanager
def over_tls(port: int, address: str, folder: Path, *, asked: bytes = b"") -> Iterator[tuple[int, Path]]:
    """A port at which the server of this loopback port speaks TLS, with a certificate of this address, and its file.

    ``asked`` is what a client sends before, to which the answer is S.
    """
    key, certificate = certificate_of(address, folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with contextlib.suppress(OSError):  # Until the port is closed.
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=serve, args=(client, port, context, asked), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1], certificate
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def serve(client: socket.socket, port: int, context: ssl.SSLContext, asked: bytes) -> None:
    """Pass on the bytes of one client, which may refuse our certificate."""
    with contextlib.suppress(OSError), client, socket.create_connection(("127.0.0.1", port)) as server:
        if asked:
            assert client.recv(len(asked), socket.MSG_WAITALL) == asked
            client.sendall(b"S")
        with context.wrap_socket(client, server_side=True) as secure:
            back = threading.Thread(target=pass_on, args=(server, secure), daemon=True)
            back.start()
            pass_on(secure, server)
            back.join()


def pass_on(source: socket.socket, target: socket.socket) -> None:
    """Pass on bytes until the source ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
