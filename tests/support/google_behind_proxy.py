"""
Google as a company's network shows it: TLS of a private authority, reached through a CONNECT proxy on loopback.

    with GoogleBehindProxy({"firestore.googleapis.com": firestore, "pubsub.googleapis.com": pubsub}) as google:
        ...  # proxy = google.proxy; GRPC_DEFAULT_SSL_ROOTS_FILE_PATH = google.authority
        assert "firestore.googleapis.com:443" in google.asked

Behind the proxy stand the emulators, with real TLS in front: what a client speaks is what it speaks to Google.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import tempfile
import threading
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_LIMIT_S = 10.0


class GoogleBehindProxy:
    """
    Args:
        services: Host name at Google → ``host:port`` of what answers in its place.

    Attributes:
        authority: The certificate of the private authority, as a PEM file.

        asked: Each ``host:port`` that the proxy was asked for, in order.
    """

    def __init__(self, services: Mapping[str, str]) -> None:
        self.asked: list[str] = []
        self._services = services
        self._folder = tempfile.TemporaryDirectory()
        self.authority = Path(self._folder.name) / "authority.pem"
        self._context = _server_context(Path(self._folder.name), list(services))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="google-behind-proxy")
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ports: dict[str, int] = {}
        self._proxy_port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_LIMIT_S)
        self._loop.close()
        self._folder.cleanup()

    @property
    def proxy(self) -> str:
        """The proxy's address, for ``proxy`` in the ini."""
        return f"http://127.0.0.1:{self._proxy_port}"

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_LIMIT_S)

    async def _open(self) -> None:
        for name, address in self._services.items():
            host, _, port = address.rpartition(":")

            async def answer(
                reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str = host, port: str = port
            ) -> None:
                await self._join(reader, writer, host, int(port))

            server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=self._context)
            self._servers.append(server)
            self._ports[name] = server.sockets[0].getsockname()[1]
        proxy = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self._servers.append(proxy)
        self._proxy_port = proxy.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Do what a proxy does: read CONNECT, join the two."""
        with suppress(OSError, asyncio.IncompleteReadError, ValueError):
            head = await reader.readuntil(b"\r\n\r\n")
            method, where, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
            self.asked.append(where if method == "CONNECT" else f"{method} {where}")
            port = self._ports.get(where.partition(":")[0])
            if method != "CONNECT" or port is None:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
                writer.close()
                return
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._join(reader, writer, "127.0.0.1", port)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            far_reader, far_writer = await asyncio.open_connection(host, port)
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        except (OSError, asyncio.CancelledError):
            # Cancelled at the end: swallowed, because asyncio's streams report a cancelled task as a fault.
            writer.close()
        finally:
            self._tasks.discard(task)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError, ssl.SSLError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    with suppress(OSError, RuntimeError):
        sink.close()


def _server_context(folder: Path, names: list[str]) -> ssl.SSLContext:
    """Make an authority and a certificate for *names*, and write the authority's into *folder*."""
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("teamtactics test authority", authority_key, authority_key, None)
    server = _certificate(names[0], server_key, authority_key, names)
    (folder / "authority.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(
        server.public_bytes(serialization.Encoding.PEM)
        + server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    context.set_alpn_protocols(["h2"])
    return context


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey, hosts: list[str] | None
) -> x509.Certificate:
    now = datetime.now(UTC)
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "teamtactics test authority")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(authority_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=hosts is None, path_length=None), critical=True)
    )
    if hosts is not None:
        alternatives = [*(x509.DNSName(host) for host in hosts), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(signer, hashes.SHA256())
