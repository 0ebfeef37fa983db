"""What this process shows the libraries as its environment: nothing that misleads them, and the proxy."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping

from teamtactics.settings.environment import read_environment

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Never through a proxy: pyirsdk asks the simulator by HTTP on 127.0.0.1, a proxy answers that it is not running."""

_PROXY_NAMES = ("http_proxy", "https_proxy", "grpc_proxy")
_EXCEPT_NAMES = ("no_proxy", "NO_PROXY")


def use_environment(environ: MutableMapping[str, str]) -> dict[str, str]:
    """
    Take away what would mislead or end this process, before a Google library is loaded; return what was there before.

    That ``load_settings`` has said in a warning.
    """
    before = dict(environ)
    for name, value in read_environment(before).changes.items():
        if value is None:
            del environ[name]
        else:
            environ[name] = value
    return before


def apply_proxy(proxy: str | None, environ: MutableMapping[str, str]) -> Callable[[], None]:
    """
    Make everything but loopback use *proxy*; with None keep what the environment says, loopback excepted as well.

    To be called before gRPC is imported and before the first request: urllib builds its opener once and keeps it.
    Both spellings are set, because gRPC reads only the small one and curl-like tools the other.

    With a no_proxy list in the environment urllib no longer asks Windows for its proxy; gRPC never did. Who needs a
    proxy names it in the ini.

    Args:
        proxy: ``http://[user:password@]host:port`` as the settings hold it.

        environ: Usually ``os.environ``.

    Returns:
        A function that puts the environment back, for a reload with other settings.
    """
    names = [name for small in _PROXY_NAMES for name in (small, small.upper())]
    before = {name: environ.get(name) for name in (*names, *_EXCEPT_NAMES, "no_grpc_proxy")}
    if proxy is not None:
        environ.update(dict.fromkeys(names, proxy))
    excepted = _merged(environ)
    environ.update(dict.fromkeys(_EXCEPT_NAMES, excepted))
    if "no_grpc_proxy" in environ:
        # Where it is set, gRPC reads it instead of no_proxy.
        environ["no_grpc_proxy"] = _with_loopback(environ["no_grpc_proxy"].split(","))

    def put_back() -> None:
        for name, value in before.items():
            if value is None:
                environ.pop(name, None)
            else:
                environ[name] = value

    return put_back


def _merged(environ: MutableMapping[str, str]) -> str:
    return _with_loopback([host for name in _EXCEPT_NAMES for host in environ.get(name, "").split(",")])


def _with_loopback(hosts: list[str]) -> str:
    wanted = [host.strip() for host in (*hosts, *LOOPBACK) if host.strip()]
    # "*" alone means "no proxy at all"; urllib knows it only alone.
    return "*" if "*" in wanted else ",".join(dict.fromkeys(wanted))
