"""Who may look: only who came by a link of `sleepy dashboard`, or sends the token, and only by a loopback name.

Every other program of this machine can reach the port, and so can every web page in this user's browser. A link works
once and leaves a cookie; the token is in no address, so it is in no history and no list of processes.
"""

from __future__ import annotations

import hmac
import secrets

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SAFE = frozenset({"GET", "HEAD"})


class Guard:
    """The token, the links that were not used yet, and the middleware that asks for them."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self.port = 0  # known once the socket is open
        self._links: set[str] = set()

    @property
    def address(self) -> str:
        """Of the page, without what opens it."""
        return f"http://127.0.0.1:{self.port}"

    def link(self) -> str:
        """An address that opens the page once."""
        key = secrets.token_urlsafe(24)
        self._links.add(key)
        return f"{self.address}/open/{key}"

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """The handler of a link: gives the cookie, and goes to the page."""
        key = request.match_info["key"]
        if key not in self._links:
            raise web.HTTPForbidden(text="This link was used already. `sleepy dashboard` makes a new one.")
        self._links.discard(key)
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(self._cookie, self.token, httponly=True, samesite="Strict", path="/")
        return answer

    def middleware(self) -> Middleware:
        """Refuses what may not be."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if reason := self._refusal(request):
                return web.Response(status=403, text=reason)
            return await handler(request)

        return guard

    async def prepare(self, _: web.Request, answer: web.StreamResponse) -> None:
        """Signal `on_response_prepare`: every answer, errors and streams too, gets what keeps the page to itself."""
        for name, value in _HEADERS.items():
            answer.headers.setdefault(name, value)

    def _refusal(self, request: web.Request) -> str:
        """Why this request is refused, or ""."""
        # A name that an attacker lets point to 127.0.0.1 (DNS rebinding) is not ours.
        if request.host not in (f"127.0.0.1:{self.port}", f"localhost:{self.port}"):
            return "Not a name of this page."
        # Another page on loopback is the same site to a browser, so its requests bring the cookie along.
        origin = request.headers.get("Origin")
        if request.method not in _SAFE and origin is not None and origin != f"http://{request.host}":
            return "Not from another page."
        if request.match_info.route.name == "enter":
            return ""
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        told = request.cookies.get(self._cookie, "") or bearer
        if not hmac.compare_digest(told.encode(), self.token.encode()):
            return "Run `sleepy dashboard`: it opens this page."
        return ""

    @property
    def _cookie(self) -> str:
        # A browser keeps one jar for all ports of a host.
        return f"sleepy-{self.port}"
