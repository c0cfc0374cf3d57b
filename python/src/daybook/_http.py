"""One request after the other over one connection, with the standard library alone."""

from __future__ import annotations

import http.client
import io
import os
import platform
import socket
import time
import urllib.parse
import urllib.request
from base64 import b64encode
from typing import Any, Dict, Mapping, NamedTuple, Optional

from ._config import Settings

try:
    import ssl
except ImportError:  # a Python that was built without
    ssl = None  # type: ignore[assignment]

MAX_ANSWER = 64 << 20


def _trusted() -> Any:
    """Who is believed to be whom: the system's certificates, or SSL_CERT_FILE's."""
    if ssl is None:
        raise OSError("this Python has no TLS")
    return ssl.create_default_context()


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Timed(io.RawIOBase):
    """What comes over a socket until an end of time: a socket's own timeout begins anew with each byte."""

    def __init__(self, sock: socket.socket, end: float) -> None:
        self._sock, self._end = sock, end
        self._raw = sock.makefile("rb", buffering=0)

    def makefile(self, *_: object) -> io.BufferedReader:
        """What http.client wants of a socket that it reads from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Optional[int]:
        left = self._end - time.monotonic()
        if left <= 0:
            raise socket.timeout("the answer did not come in time")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class Connection:
    """A connection to one server that is kept while it lasts. Proxies and their exceptions come from the environment
    (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), as urllib reads it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._url = urllib.parse.urlsplit(settings.url)
        self._live: Optional[http.client.HTTPConnection] = None
        self._absolute = False

    def post(self, path: str, body: bytes, headers: Dict[str, str]) -> Answer:
        """Sends a request. Raises OSError or http.client.HTTPException where there is no answer."""
        headers = {**headers, "User-Agent": f"daybook-python (Python {platform.python_version()})", "Accept": "application/json"}
        if self._settings.token:
            headers["Authorization"] = f"Bearer {self._settings.token}"
        kept = self._live is not None
        try:
            return self._exchange(path, body, headers)
        except (ConnectionError, http.client.BadStatusLine):
            self.close()
            if not kept:
                raise
        except BaseException:
            self.close()
            raise
        try:
            return self._exchange(path, body, headers)  # the server had closed a connection that lay idle
        except BaseException:
            self.close()
            raise

    def _exchange(self, path: str, body: bytes, headers: Dict[str, str]) -> Answer:
        if self._live is None:
            self._live = self._connect()
        end = time.monotonic() + self._settings.timeout
        base = self._settings.url if self._absolute else self._url.path
        self._live.response_class = lambda sock, *a, **k: http.client.HTTPResponse(_Timed(sock, end), *a, **k)  # type: ignore
        if self._live.sock is not None:
            self._live.sock.settimeout(self._settings.timeout)
        self._live.request("POST", base + path, body, headers)
        response = self._live.getresponse()
        answer = Answer(response.status, response.headers, response.read(MAX_ANSWER))
        if response.will_close or not response.isclosed():
            self.close()
        return answer

    def _connect(self) -> http.client.HTTPConnection:
        host, port, timeout = self._url.hostname or "", self._url.port, self._settings.timeout
        proxy = None if urllib.request.proxy_bypass_environment(host) else urllib.request.getproxies_environment().get(self._url.scheme)
        if not proxy:
            return self._direct(host, port, self._url.scheme)
        via = urllib.parse.urlsplit(proxy if "//" in proxy else "//" + proxy)
        login = {}
        if via.username:
            user = f"{urllib.parse.unquote(via.username)}:{urllib.parse.unquote(via.password or '')}"
            login["Proxy-Authorization"] = "Basic " + b64encode(user.encode()).decode()
        if self._url.scheme == "https":
            connection = http.client.HTTPSConnection(via.hostname or "", via.port or 80, timeout=timeout, context=_trusted())
            connection.set_tunnel(host, port or 443, login)
            return connection
        self._absolute = True
        return self._direct(via.hostname or "", via.port, "http")

    def _direct(self, host: str, port: Optional[int], scheme: str) -> http.client.HTTPConnection:
        if scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=self._settings.timeout, context=_trusted())
        return http.client.HTTPConnection(host, port, timeout=self._settings.timeout)

    def abandon(self) -> None:
        """For the child of a fork: closes its copy of the socket, and touches nothing else, as the thread of the parent
        that waited for an answer held locks that nobody is left to free."""
        live, self._live = self._live, None
        sock = None if live is None else live.sock
        fd = -1 if sock is None else sock.detach()
        if fd >= 0:
            os.close(fd)

    def close(self) -> None:
        """Closes the connection; the next request makes another."""
        if self._live is not None:
            self._live.close()
            self._live = None
